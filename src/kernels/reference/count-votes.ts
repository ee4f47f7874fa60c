import { assertCentroids, assertSameLength } from '../arguments.js';

/** See {@link Kernels.countVotes}. */
export function countVotes(
  means: Float32Array,
  sigmas: Float32Array,
  delta: number,
  centroids: Float32Array,
  votes: Int32Array,
): void {
  assertCentroids(centroids);
  assertSameLength('sigmas', sigmas, 'means', means);
  assertSameLength('votes', votes, 'centroids', centroids);
  const steps = new Int32Array(centroids.length + 1);
  for (let i = 0; i < means.length; i++) {
    const reach = delta * sigmas[i];
    const low = means[i] - reach;
    const high = means[i] + reach;
    if (!(low <= high)) continue;
    steps[countWhere(centroids, (centroid) => centroid < low)]++;
    steps[countWhere(centroids, (centroid) => centroid <= high)]--;
  }
  let sum = 0;
  for (let k = 0; k < votes.length; k++) {
    sum += steps[k];
    votes[k] = sum;
  }
}

/** How many elements satisfy a predicate that holds for a prefix of the array. */
function countWhere(values: Float32Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(values[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
