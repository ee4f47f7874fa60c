import { GOLDEN, normalOf } from "../shared/noise";

/** 2^-30 */
const LEAST_SPREAD: f32 = 9.31322574615478515625e-10;

/**
 * targets[i] = means[i] + max(spreads[i], 2^-30) · noises[i]; src/kernels/noise-kernels.ts says what the noise is.
 *
 * @param first index of element 0
 * @param scale of a sum of bytes, less its mean
 */
export function perturb(
  means: usize,
  spreads: usize,
  first: i32,
  n: i32,
  seed: i32,
  scale: f32,
  noises: usize,
  targets: usize,
): void {
  // Keys of hash(2i) for four i, and what they grow by.
  let keys = i32x4.add(i32x4.splat(seed + 2 * first * GOLDEN), i32x4.mul(i32x4(0, 2, 4, 6), i32x4.splat(GOLDEN)));
  const growth = i32x4.splat(8 * GOLDEN);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const noise = normalOf(keys, scale);
    keys = i32x4.add(keys, growth);
    v128.store(noises + at, noise);
    const spread = f32x4.pmax(f32x4.splat(LEAST_SPREAD), v128.load(spreads + at));
    v128.store(targets + at, f32x4.add(v128.load(means + at), f32x4.mul(spread, noise)));
  }
  for (let lane = 0; i < n; i++, lane++) {
    const at = (<usize>i) << 2;
    const noise = f32x4.extract_lane(normalOf(i32x4.splat(seed + 2 * (first + i) * GOLDEN), scale), 0);
    store<f32>(noises + at, noise);
    store<f32>(targets + at, load<f32>(means + at) + max<f32>(load<f32>(spreads + at), LEAST_SPREAD) * noise);
  }
}
