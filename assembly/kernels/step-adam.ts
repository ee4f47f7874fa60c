import { freeLanes } from "./step-momentum";

/**
 * One step of Adam on n weights; src/kernels/optimizer-kernels.ts has the formula.
 *
 * @param mask      u8[n], where 0 nothing changes; 0: no mask
 * @param gain1     1 − beta1
 * @param gain2     1 − beta2
 * @param rootScale 1 / √correction2
 * @param rate      rate / correction1 of the formula
 * @param decay     rate · decay of the formula
 */
export function stepAdam(
  weights: usize,
  gradients: usize,
  means: usize,
  squares: usize,
  mask: usize,
  n: i32,
  gradientScale: f32,
  beta1: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  rootScale: f32,
  epsilon: f32,
  rate: f32,
  decay: f32,
): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const w = v128.load(weights + at);
    const m = v128.load(means + at);
    const s = v128.load(squares + at);
    const g = f32x4.mul(f32x4.splat(gradientScale), v128.load(gradients + at));
    let mean = f32x4.add(f32x4.mul(f32x4.splat(beta1), m), f32x4.mul(f32x4.splat(gain1), g));
    let square = f32x4.add(f32x4.mul(f32x4.splat(beta2), s), f32x4.mul(f32x4.splat(gain2), f32x4.mul(g, g)));
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), f32x4.splat(rootScale)), f32x4.splat(epsilon));
    const shrunk = f32x4.sub(w, f32x4.mul(f32x4.splat(decay), w));
    let moved = f32x4.sub(shrunk, f32x4.mul(f32x4.splat(rate), f32x4.div(mean, root)));
    if (mask) {
      const free = freeLanes(mask + <usize>i);
      mean = v128.bitselect(mean, m, free);
      square = v128.bitselect(square, s, free);
      moved = v128.bitselect(moved, w, free);
    }
    v128.store(means + at, mean);
    v128.store(squares + at, square);
    v128.store(weights + at, moved);
  }
  for (; i < n; i++) {
    if (mask && load<u8>(mask + <usize>i) == 0) continue;
    const at = (<usize>i) << 2;
    const w = load<f32>(weights + at);
    const g = gradientScale * load<f32>(gradients + at);
    const mean = beta1 * load<f32>(means + at) + gain1 * g;
    const square = beta2 * load<f32>(squares + at) + gain2 * (g * g);
    store<f32>(means + at, mean);
    store<f32>(squares + at, square);
    store<f32>(weights + at, w - decay * w - rate * (mean / (sqrt<f32>(square) * rootScale + epsilon)));
  }
}
