import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { ascending, bothKernels, expectSameBits, finiteFloat, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

/** Σ counts · (value − nearest mean)². */
function errorOf(values: Float32Array, counts: Float64Array, means: Float32Array): number {
  return values.reduce((sum, value, i) => {
    const distances = Array.from(means, (mean) => (value - mean) ** 2);
    return sum + counts[i] * Math.min(...distances);
  }, 0);
}

/** The textbook dynamic program, O(k n²): least error with at most k clusters. */
function leastError(values: Float32Array, counts: Float64Array, k: number): number {
  const n = values.length;
  let least = [0, ...new Array<number>(n).fill(Number.POSITIVE_INFINITY)];
  for (let cluster = 0; cluster < k; cluster++) {
    const next = least.slice();
    for (let start = 0; start < n; start++) {
      let weight = 0;
      let mean = 0;
      let error = 0;
      for (let end = start; end < n; end++) {
        // Welford's update.
        weight += counts[end];
        const before = values[end] - mean;
        mean += (counts[end] / weight) * before;
        error += counts[end] * before * (values[end] - mean);
        next[end + 1] = Math.min(next[end + 1], least[start] + error);
      }
    }
    least = next;
  }
  return least[n];
}

const weightedPoints = fc
  .array(
    fc.tuple(
      fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.integer({ min: -9, max: 9 })),
      fc.integer({ min: 1, max: 5 }),
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((points) => {
    points.sort(([a], [b]) => a - b);
    return { values: Float32Array.from(points, ([x]) => x), counts: Float64Array.from(points, ([, h]) => h) };
  });

describe.each([reference, wasm])('clusterOptimal ($name)', (kernels) => {
  it('errs no more than the textbook dynamic program', () => {
    fc.assert(
      fc.property(weightedPoints, fc.integer({ min: 1, max: 12 }), ({ values, counts }, k) => {
        const means = kernels.clusterOptimal(values, counts, k);
        const least = leastError(values, counts, k);
        // Means are rounded to float32: their own error is second order, some 2^-46 of the square of the largest value.
        const total = values.reduce((sum, value, i) => sum + counts[i] * value * value, 0);
        expect(errorOf(values, counts, means)).toBeLessThanOrEqual(least + total * 2 ** -40);
        expect(means.length).toBeLessThanOrEqual(k);
      }),
      RUNS,
    );
  });

  it('gives exactly k clusters where evenly spaced points let the count jump', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => i);
    const counts = new Float64Array(64).fill(1);
    for (let k = 1; k <= 64; k++) {
      const means = kernels.clusterOptimal(values, counts, k);
      expect(means.length).toBe(k);
      expect(errorOf(values, counts, means)).toBeCloseTo(leastError(values, counts, k), 9);
    }
  });

  it('gives the points back when there are no more than k, equal ones once', () => {
    const values = Float32Array.of(-1, -0, 0, 2, 2);
    const counts = Float64Array.of(1, 1, 1, 4, 1);
    expectSameBits(kernels.clusterOptimal(values, counts, 3), Float32Array.of(-1, 0, 2));
    expectSameBits(kernels.clusterOptimal(values, counts, 9), Float32Array.of(-1, 0, 2));
  });

  it('gives nothing for no points or no clusters', () => {
    expect(kernels.clusterOptimal(new Float32Array(0), new Float64Array(0), 4).length).toBe(0);
    expect(kernels.clusterOptimal(Float32Array.of(1), Float64Array.of(1), 0).length).toBe(0);
  });

  it('keeps clusters apart that lie far from zero and close together', () => {
    const values = Float32Array.of(1000, 1000.0001, 1000.01, 1000.0101, 1000.02);
    const means = kernels.clusterOptimal(values, new Float64Array(5).fill(1), 3);
    expect(errorOf(values, new Float64Array(5).fill(1), means)).toBeLessThan(1e-7);
  });
});

describe('clusterOptimal, wasm like the reference', () => {
  it('for any finite values, ties and wild counts', () => {
    const count = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1e-9, 0.5, 1e12));
    fc.assert(
      fc.property(
        fc.array(finiteFloat, { maxLength: 80 }),
        fc.array(count, { minLength: 80, maxLength: 80 }),
        fc.integer({ min: 1, max: 30 }),
        (numbers, weights, k) => {
          const values = Float32Array.from(numbers).sort();
          const counts = Float64Array.from(weights.slice(0, values.length));
          const expected = reference.clusterOptimal(values, counts, k);
          expectSameBits(wasm.clusterOptimal(values, counts, k), expected);
          expect(expected).toEqual(ascending(expected));
        },
      ),
      RUNS,
    );
  });

  it.each([2, 16, 255])('for a histogram of normal weights and k = %i', (k) => {
    const random = new Random(k);
    const values = ascending(normals(k, 4000));
    const counts = Float64Array.from(values, () => 1 + random.below(50));
    const means = wasm.clusterOptimal(values, counts, k);
    expectSameBits(means, reference.clusterOptimal(values, counts, k));
    expect(means.length).toBe(k);
  });
});
