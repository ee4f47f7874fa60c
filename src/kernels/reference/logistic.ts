/**
 * The logistic domain in integers: probabilities have 12 bits, their logarithmic odds ("stretched") are in 1/256 and
 * clamped to ±2047. Part of the format: a change makes old files unreadable.
 */

/** squash(x) = 4096 / (1 + e^(−x/256)) at x = −2048, −1920 … 2048, as in lpaq. */
const SQUASH_KNOTS = [
  1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901, 3975,
  4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
];

/** Logarithmic odds, any integer → probability of a one, 1–4094. */
export function squash(odds: number): number {
  if (odds > 2047) return 4095;
  if (odds < -2047) return 0;
  const fraction = odds & 127;
  const knot = (odds >> 7) + 16;
  return (SQUASH_KNOTS[knot] * (128 - fraction) + SQUASH_KNOTS[knot + 1] * fraction + 64) >> 7;
}

/** STRETCH[p] is the least odds whose probability reaches p. */
export const STRETCH: Int16Array = (() => {
  const table = new Int16Array(4096);
  let filled = 0;
  for (let odds = -2047; odds <= 2047; odds++) {
    const probability = squash(odds);
    for (; filled <= probability; filled++) table[filled] = odds;
  }
  table.fill(2047, filled);
  return table;
})();

/** SQUASH[odds + 2048] for odds in [−2048, 2047]. */
export const SQUASH: Uint16Array = Uint16Array.from({ length: 4096 }, (_, i) => squash(i - 2048));
