/** Integers low … high. */
export interface IntegerGrid {
  readonly low: number;
  readonly high: number;
}

/** −2^(bits−1) … 2^(bits−1) − 1 */
export function signedGrid(bits: number): IntegerGrid {
  const half = 2 ** (bits - 1);
  return { low: -half, high: half - 1 };
}

/** 0 … 2^bits − 1 */
export function unsignedGrid(bits: number): IntegerGrid {
  return { low: 0, high: 2 ** bits - 1 };
}

/** What is left of a signed grid when `width` − 2 of its classes are: −1 … 1 at 2 bits. */
export function gridOfWidth(width: number): IntegerGrid {
  return width === 2 ? { low: -1, high: 1 } : signedGrid(width);
}

/** @param t a number in steps; a half goes up */
export function nearestLevel(t: number, { low, high }: IntegerGrid): number {
  return Math.max(low, Math.min(high, Math.floor(t + 0.5)));
}

/** Steps that are tried, from all of the range inwards. */
const TRIED = 48;

/**
 * The step of least squared error when numbers are rounded to its multiples on a grid, between what covers the largest of them
 * and a sixteenth of that. 1 where all numbers are 0.
 */
export function bestStep(numbers: Float32Array, grid: IntegerGrid): number {
  const { low, high } = grid;
  let [least, most] = [0, 0];
  for (const number of numbers) {
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  const widest = Math.max(high > 0 ? most / high : 0, low < 0 ? least / low : 0);
  if (!(widest > 0)) return 1;
  let best = widest;
  let bestError = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIED; i++) {
    const step = Math.fround((widest * (TRIED - i)) / TRIED);
    if (step < widest / 16) break;
    let error = 0;
    for (const number of numbers) {
      const rest = number - step * nearestLevel(number / step, grid);
      error += rest * rest;
    }
    if (error < bestError) [best, bestError] = [step, error];
  }
  return best;
}
