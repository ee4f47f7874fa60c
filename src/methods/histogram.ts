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

/** Whether, at the end of the epoch of a step, there are to be histograms: `pictures` of them in a training, and one of its first epoch. */
export function isHistogramDue(
  step: number,
  { steps, stepsPerEpoch }: { readonly steps: number; readonly stepsPerEpoch: number },
  pictures: number,
): boolean {
  const part = (of: number) => Math.floor((pictures * of) / steps);
  return step < stepsPerEpoch || part(step + 1) !== part(step + 1 - stepsPerEpoch);
}
