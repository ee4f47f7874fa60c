import type { Codebook } from '../core/index.js';
import { type Kernels, referenceKernels } from '../kernels/index.js';

/**
 * The codebook of at most k values with the least sum of squared errors over `weights` (optimal 1-D k-means).
 *
 * @param weights f32[n], finite; not changed
 * @param k       1 ≤ k ≤ 65536
 */
export function optimalCodebook(weights: Float32Array, k: number, kernels: Kernels = referenceKernels): Codebook {
  const sorted = weights.slice();
  kernels.sortFloats(sorted);
  const counts = new Float64Array(sorted.length);
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) {
    // −0 equals 0 here, and becomes it.
    if (distinct === 0 || sorted[i] !== sorted[distinct - 1]) sorted[distinct++] = sorted[i] + 0;
    counts[distinct - 1]++;
  }
  return { values: kernels.clusterOptimal(sorted.subarray(0, distinct), counts.subarray(0, distinct), k) };
}
