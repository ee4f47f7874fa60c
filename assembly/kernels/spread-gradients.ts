/** 2^-30 */
const LEAST_SPREAD: f32 = 9.31322574615478515625e-10;

/** The gradient of spreads, with a pull up to `limit`; src/kernels/noise-kernels.ts has the formula. */
export function spreadGradients(
  gradients: usize,
  spreads: usize,
  noises: usize,
  n: i32,
  pull: f32,
  limit: f32,
  targets: usize,
): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const spread = v128.load(spreads + at);
    const noise = v128.load(noises + at);
    const free = f32x4.gt(spread, f32x4.splat(LEAST_SPREAD));
    const own = v128.and(free, f32x4.mul(v128.load(gradients + at), noise));
    const missing = f32x4.max(f32x4.splat(0), f32x4.sub(f32x4.splat(limit), spread));
    const force = f32x4.mul(f32x4.mul(f32x4.splat(pull), missing), f32x4.abs(noise));
    v128.store(targets + at, f32x4.sub(own, force));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const spread = load<f32>(spreads + at);
    const noise = load<f32>(noises + at);
    const own: f32 = spread > LEAST_SPREAD ? load<f32>(gradients + at) * noise : 0;
    store<f32>(targets + at, own - pull * max<f32>(0, limit - spread) * abs<f32>(noise));
  }
}
