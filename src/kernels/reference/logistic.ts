/**
 * The logistic domain in integers: logarithmic odds to base 2, in 1/256, clamped to ±3071. Part of the format: a change
 * makes old files unreadable.
 */

/** 65536 / (1 + 2^(−x/256)) at x = −3072, −2944 … 3072. */
const KNOTS = [
  16, 23, 32, 45, 64, 90, 128, 181, 255, 360, 508, 716, 1008, 1417, 1986, 2774, 3855, 5322, 7282, 9845, 13107, 17118,
  21845, 27146, 32768, 38390, 43691, 48418, 52429, 55691, 58254, 60214, 61681, 62762, 63550, 64119, 64528, 64820, 65028,
  65176, 65281, 65355, 65408, 65446, 65472, 65491, 65504, 65513, 65520,
];

/** Logarithmic odds, any integer → probability of a one in 1/65536, 16 … 65520. */
export function squash(odds: number): number {
  const x = Math.max(-3071, Math.min(3071, odds)) + 3072;
  const knot = x >> 7;
  const fraction = x & 127;
  return (KNOTS[knot] * (128 - fraction) + KNOTS[knot + 1] * fraction) >> 7;
}

/** Probability of a one in 1/65536, 1 … 65535 → logarithmic odds. */
export function stretch(probability: number): number {
  return (log2(probability) - log2(65536 - probability)) >> 15;
}

/** log2 x in 1/2^23, linear between powers of two: the bits of x as a float32, less a constant. */
function log2(x: number): number {
  const exponent = 31 - Math.clz32(x);
  return ((exponent - 1) << 23) + (x << (23 - exponent));
}
