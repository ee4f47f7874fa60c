import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import type { Kernels } from '../../src/kernels/index.js';
import { ascending, bothKernels, codebook, expectSameBits, floats, normals, RUNS, repeated } from './support.js';

const [reference, wasm] = await bothKernels();

function votesOf(
  kernels: Kernels,
  means: Float32Array,
  sigmas: Float32Array,
  delta: number,
  centroids: Float32Array,
): Int32Array {
  const votes = new Int32Array(centroids.length).fill(-7);
  kernels.countVotes(means, sigmas, delta, centroids, votes);
  return votes;
}

const positive = fc.oneof(
  fc.float({ min: Math.fround(1e-6), max: 10, noNaN: true }),
  fc.constantFrom(2 ** -149, 1, 0.25, Math.fround(3e38)),
);
const anyDelta = fc.constantFrom(0, 1e-60, 0.5, 1, 3, 1e30);

describe.each([reference, wasm])('countVotes ($name)', (kernels) => {
  it('counts, for every centroid, the weights that reach it', () => {
    fc.assert(
      fc.property(floats(30), floats(30, positive), anyDelta, codebook(20), (values, spreads, delta, centroids) => {
        const n = Math.min(values.length, spreads.length);
        const means = values.subarray(0, n);
        const sigmas = spreads.subarray(0, n);
        const expected = Int32Array.from(centroids, (centroid) => {
          let count = 0;
          for (let i = 0; i < n; i++) {
            const reach = delta * sigmas[i];
            if (means[i] - reach <= centroid && centroid <= means[i] + reach) count++;
          }
          return count;
        });
        expect(votesOf(kernels, means, sigmas, delta, centroids)).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('counts a centroid at the very edge of reach', () => {
    const votes = votesOf(kernels, Float32Array.of(1), Float32Array.of(0.25), 2, Float32Array.of(0.5, 1.5, 1.75));
    expect(votes).toEqual(Int32Array.of(1, 1, 0));
  });
});

describe('countVotes, wasm like the reference', () => {
  it('with the table and without, for any numbers', () => {
    fc.assert(
      fc.property(floats(30), floats(30, positive), anyDelta, codebook(20), (values, spreads, delta, centroids) => {
        for (const length of [9, 1025]) {
          const means = repeated(values, length);
          const sigmas = repeated(spreads, length).map((sigma) => sigma || 1);
          const expected = votesOf(reference, means, sigmas, delta, centroids);
          expect(votesOf(wasm, means, sigmas, delta, centroids)).toEqual(expected);
        }
      }),
      RUNS,
    );
  });

  it.each([1, 300, 65536])('for %i centroids and several blocks', (k) => {
    const random = new Random(k);
    const means = normals(k, 70_001);
    const sigmas = Float32Array.from(means, () => 0.01 + random.uniform());
    const centroids = ascending(normals(k + 1, 2 * k + 8)).slice(0, k);
    const expected = votesOf(reference, means, sigmas, 0.3, centroids);
    expectSameBits(votesOf(wasm, means, sigmas, 0.3, centroids), expected);
  });
});
