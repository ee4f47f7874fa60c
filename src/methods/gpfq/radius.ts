import { sortedOrder } from '../sorted-order.js';
import type { GpfqOptions } from './options.js';

/**
 * The radius of a layer's alphabet, before rounding to float32.
 *
 * @param axis of the output channels; −1 when the tensor counts as one
 */
export function radiusOf(
  weights: Float32Array,
  dims: readonly number[],
  axis: number,
  { radius, radiusScale, percentile }: Required<Pick<GpfqOptions, 'radius' | 'radiusScale' | 'percentile'>>,
): number {
  const magnitudes = weights.map(Math.abs);
  if (radius === 'median') return radiusScale * quantile(magnitudes, 0.5);
  const channels = dims[axis] ?? 1;
  const inner = axis < 0 ? 1 : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const size = magnitudes.length / channels;
  let sum = 0;
  const channel = new Float32Array(size);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size; i++)
      channel[i] = magnitudes[(Math.floor(i / inner) * channels + c) * inner + (i % inner)];
    sum += quantile(channel, percentile);
  }
  return (radiusScale * sum) / channels;
}

/** Linear between neighbours, as NumPy's. */
function quantile(values: Float32Array, share: number): number {
  if (values.length === 0) return 0;
  const order = sortedOrder(values);
  const place = share * (values.length - 1);
  const below = Math.floor(place);
  const low = values[order[below]];
  const high = values[order[Math.min(below + 1, values.length - 1)]];
  return low + (place - below) * (high - low);
}
