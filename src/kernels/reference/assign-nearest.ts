import { assertCentroids, assertSameLength } from '../arguments.js';
import { floatFromKey, floatKey, floorToFloat } from '../float-bits.js';

/** See {@link Kernels.assignNearest}. A binary search among the last floats that still belong to the lower centroid. */
export function assignNearest(weights: Float32Array, centroids: Float32Array, codes: Uint16Array): void {
  assertCentroids(centroids);
  assertSameLength('codes', codes, 'weights', weights);
  const limits = lowerLimits(centroids);
  for (let i = 0; i < weights.length; i++) {
    let low = 0;
    let high = limits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (weights[i] <= limits[middle]) high = middle;
      else low = middle + 1;
    }
    codes[i] = low;
  }
}

/** limits[i] = the largest float32 that is at most (centroids[i] + centroids[i + 1]) / 2, exactly. */
function lowerLimits(centroids: Float32Array): Float32Array {
  const limits = new Float32Array(centroids.length - 1);
  for (let i = 0; i < limits.length; i++) {
    const a = centroids[i];
    const b = centroids[i + 1];
    // Knuth's TwoSum: a + b = sum + error without loss. The error matters only when the sum itself is a float32.
    const sum = a + b;
    const shadow = sum - a;
    const error = a - (sum - shadow) + (b - shadow);
    const limit = floorToFloat(sum / 2);
    const tooHigh = error < 0 && limit === sum / 2;
    limits[i] = tooHigh ? floatFromKey(floatKey(limit === 0 ? -0 : limit) - 1) : limit;
  }
  return limits;
}
