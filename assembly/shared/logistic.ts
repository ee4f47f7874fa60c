// The logistic domain in integers. Specification: src/kernels/reference/logistic.ts.

/** 65536 / (1 + 2^(−x/256)) at x = −3072, −2944 … 3072. */
// prettier-ignore
const KNOTS = memory.data<u16>([
  16, 23, 32, 45, 64, 90, 128, 181, 255, 360, 508, 716, 1008, 1417, 1986, 2774, 3855, 5322, 7282, 9845, 13107, 17118,
  21845, 27146, 32768, 38390, 43691, 48418, 52429, 55691, 58254, 60214, 61681, 62762, 63550, 64119, 64528, 64820, 65028,
  65176, 65281, 65355, 65408, 65446, 65472, 65491, 65504, 65513, 65520,
]);

/** Logarithmic odds to a probability in 1/65536. */
// @ts-ignore: decorator
@inline
export function squash(odds: i32): u32 {
  const x = max(-3071, min(3071, odds)) + 3072;
  const knot = KNOTS + ((x >> 7) << 1);
  const fraction = x & 127;
  return (load<u16>(knot) * (128 - fraction) + load<u16>(knot, 2) * fraction) >> 7;
}

/** Eight probabilities (u16, not 0) to logarithmic odds (i16). */
// @ts-ignore: decorator
@inline
export function stretch(probabilities: v128): v128 {
  return i16x8.narrow_i32x4_s(
    stretchFour(i32x4.extend_low_i16x8_u(probabilities)),
    stretchFour(i32x4.extend_high_i16x8_u(probabilities)),
  );
}

/** The bits of a float32 are its logarithm, linear between powers of two. */
// @ts-ignore: decorator
@inline
function stretchFour(ones: v128): v128 {
  const zeros = i32x4.sub(i32x4.splat(65536), ones);
  return i32x4.shr_s(i32x4.sub(f32x4.convert_i32x4_s(ones), f32x4.convert_i32x4_s(zeros)), 15);
}
