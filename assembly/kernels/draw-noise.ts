import { GOLDEN, mix, normalOf } from "../shared/noise";

/**
 * targets[i] nearly N(0, 1); src/kernels/noise-kernels.ts says how.
 *
 * @param first index of element 0
 * @param scale of a sum of bytes, less its mean
 */
export function drawNormals(first: i32, n: i32, seed: i32, scale: f32, targets: usize): void {
  let keys = i32x4.add(i32x4.splat(seed + 2 * first * GOLDEN), i32x4.mul(i32x4(0, 2, 4, 6), i32x4.splat(GOLDEN)));
  const growth = i32x4.splat(8 * GOLDEN);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(targets + ((<usize>i) << 2), normalOf(keys, scale));
    keys = i32x4.add(keys, growth);
  }
  for (; i < n; i++) {
    const noise = normalOf(i32x4.splat(seed + 2 * (first + i) * GOLDEN), scale);
    store<f32>(targets + ((<usize>i) << 2), f32x4.extract_lane(noise, 0));
  }
}

/** targets[i] uniform between 0 and 1, neither included. */
export function drawUniforms(first: i32, n: i32, seed: i32, targets: usize): void {
  let keys = i32x4.add(i32x4.splat(seed + first * GOLDEN), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(GOLDEN)));
  const growth = i32x4.splat(4 * GOLDEN);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(targets + ((<usize>i) << 2), uniformOf(keys));
    keys = i32x4.add(keys, growth);
  }
  for (; i < n; i++) {
    const number = uniformOf(i32x4.splat(seed + (first + i) * GOLDEN));
    store<f32>(targets + ((<usize>i) << 2), f32x4.extract_lane(number, 0));
  }
}

/** Odd multiples of 2^-24. */
// @ts-ignore: decorator
@inline
function uniformOf(keys: v128): v128 {
  const odd = v128.or(i32x4.shr_u(mix(keys), 8), i32x4.splat(1));
  return f32x4.mul(f32x4.convert_i32x4_s(odd), f32x4.splat(5.9604644775390625e-8));
}
