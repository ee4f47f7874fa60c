import { assertSameLength } from '../arguments.js';
import { floatBits } from '../float-bits.js';
import { MAGNITUDE_BASE, MAGNITUDE_BUCKETS } from '../kernels.js';

/** See {@link Kernels.countMagnitudes}. */
export function countMagnitudes(weights: Float32Array, counts: Uint32Array): void {
  assertSameLength('counts', counts, 'the magnitude grid', { length: MAGNITUDE_BUCKETS });
  for (let i = 0; i < weights.length; i++) {
    const bucket = ((floatBits(weights[i]) & 0x7fffffff) >>> 12) - MAGNITUDE_BASE;
    counts[Math.min(Math.max(bucket, 0), MAGNITUDE_BUCKETS - 1)]++;
  }
}
