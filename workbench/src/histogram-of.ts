import type { Histogram } from './messages.js';

const BINS = 160;

/** @param now the weights after compression; null: there was none */
export function histogramOf(before: Float32Array, now: Float32Array | null): Histogram {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of before) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
  const width = (high - low) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of before) counts[Math.min(BINS - 1, Math.floor((value - low) / width))]++;
  return {
    count: before.length,
    low,
    high,
    densities: counts.map((count) => count / before.length / width),
    values: now ? sharedValues(now) : [],
  };
}

function sharedValues(weights: Float32Array): { value: number; share: number }[] {
  const counts = new Map<number, number>();
  for (const weight of weights) counts.set(weight, (counts.get(weight) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, share: count / weights.length }))
    .sort((a, b) => a.value - b.value);
}
