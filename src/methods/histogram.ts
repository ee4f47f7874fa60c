/**
 * Counts of numbers in even bins between −reach and reach units, what is beyond in the outermost.
 *
 * @param unit above 0
 */
export function histogram(numbers: Float32Array, unit: number, bins: number, reach: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const scale = bins / (2 * reach * unit);
  for (const number of numbers) counts[Math.max(0, Math.min(bins - 1, Math.floor(number * scale + bins / 2)))]++;
  return counts;
}
