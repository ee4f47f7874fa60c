// Noise by counting: src/kernels/noise-kernels.ts says what it is.

export const GOLDEN: i32 = <i32>0x9e3779b9;

/** Nearly N(0, 1) from the keys of hash(2i) for four i. */
// @ts-ignore: decorator
@inline
export function normalOf(keys: v128, scale: f32): v128 {
  const sums = i32x4.add(sumOfBytes(mix(keys)), sumOfBytes(mix(i32x4.add(keys, i32x4.splat(GOLDEN)))));
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(sums, i32x4.splat(1020))), f32x4.splat(scale));
}

// @ts-ignore: decorator
@inline
export function mix(keys: v128): v128 {
  let x = i32x4.mul(v128.xor(keys, i32x4.shr_u(keys, 16)), i32x4.splat(0x21f0aaad));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x735a2d97));
  return v128.xor(x, i32x4.shr_u(x, 15));
}

// @ts-ignore: decorator
@inline
function sumOfBytes(x: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(x));
}
