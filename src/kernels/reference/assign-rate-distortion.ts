import { assertCentroids, assertIndex, assertSameLength } from '../arguments.js';

const NEIGHBOURS = 2;

/** See {@link Kernels.assignRateDistortion}. */
export function assignRateDistortion(
  weights: Float32Array,
  importance: Float32Array,
  centroids: Float32Array,
  contexts: Uint8Array,
  bits: Float32Array,
  zeroCode: number,
  codes: Uint16Array,
): void {
  assertCentroids(centroids);
  assertSameLength('importance', importance, 'weights', weights);
  assertSameLength('contexts', contexts, 'weights', weights);
  assertSameLength('codes', codes, 'weights', weights);
  const k = centroids.length;
  for (let i = 0; i < weights.length; i++) {
    assertIndex('codes', codes[i], k);
    assertIndex('contexts', contexts[i], Math.floor(bits.length / k));
    const nearest = codes[i];
    let leastCost = Number.POSITIVE_INFINITY;
    const consider = (c: number) => {
      const distance = Math.fround(weights[i] - centroids[c]);
      const distortion = Math.fround(importance[i] * Math.fround(distance * distance));
      const cost = Math.fround(distortion + bits[contexts[i] * k + c]);
      if (cost < leastCost) {
        leastCost = cost;
        codes[i] = c;
      }
    };
    const first = Math.max(0, nearest - NEIGHBOURS);
    const last = Math.min(k - 1, nearest + NEIGHBOURS);
    if (zeroCode >= 0 && zeroCode < first) consider(zeroCode);
    for (let c = first; c <= last; c++) consider(c);
    if (zeroCode > last && zeroCode < k) consider(zeroCode);
  }
}
