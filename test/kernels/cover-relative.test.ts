import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kernels, MAGNITUDE_BUCKETS } from '../../src/kernels/index.js';
import { bothKernels, expectSameBits, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

function histogram(weights: Float32Array): Uint32Array {
  const counts = new Uint32Array(MAGNITUDE_BUCKETS);
  reference.countMagnitudes(weights, counts);
  return counts;
}

function bothCovers(counts: Uint32Array, delta: number, coverage: number, maxPicks: number): Float32Array {
  const cover = (kernels: Kernels) => kernels.coverRelative(counts, delta, coverage, maxPicks);
  const expected = cover(reference);
  expectSameBits(cover(wasm), expected);
  return expected;
}

describe.each([reference, wasm])('coverRelative ($name)', (kernels) => {
  const weights = normals(5, 20_000, 0.05);
  const delta = 0.02;

  it('reaches the coverage that was asked for, by the definition of relative distance', () => {
    const picks = kernels.coverRelative(histogram(weights), delta, 0.95, 1000);
    const covered = weights.filter((weight) => {
      const magnitude = Math.abs(weight);
      return picks.some((pick) => Math.abs(magnitude - pick) <= delta * magnitude);
    });
    expect(covered.length).toBeGreaterThanOrEqual(0.95 * weights.length);
  });

  it('picks first what covers most, and stops at maxPicks', () => {
    const three = Float32Array.of(0.5, 0.5001, 2, 2, 2, 1e-3);
    const picks = kernels.coverRelative(histogram(three), 0.01, 1, 2);
    expect(picks.length).toBe(2);
    expect(Math.abs(2 - picks[0]) / 2).toBeLessThanOrEqual(0.01);
    expect(Math.abs(0.5 - picks[1]) / 0.5).toBeLessThanOrEqual(0.01);
  });

  it('never covers zero', () => {
    expect(kernels.coverRelative(histogram(new Float32Array(10)), 0.5, 1, 10).length).toBe(0);
  });

  it('takes nothing for no coverage, no picks or windows narrower than a bucket', () => {
    const counts = histogram(weights);
    expect(kernels.coverRelative(counts, delta, 0, 10).length).toBe(0);
    expect(kernels.coverRelative(counts, delta, 1, 0).length).toBe(0);
    expect(kernels.coverRelative(counts, 2 ** -14, 1, 10).length).toBe(0);
  });

  it.each([0, 1, -0.1, Number.NaN])('refuses delta %d', (wrong) => {
    expect(() => kernels.coverRelative(histogram(weights), wrong, 1, 1)).toThrow(/delta/);
  });
});

describe('coverRelative, wasm like the reference', () => {
  it.each([0.001, 0.01, 0.1, 0.9])('for normal weights and delta %d', (delta) => {
    bothCovers(histogram(normals(9, 30_000, 0.1)), delta, 0.9, 300);
  });

  it('for sparse histograms full of ties and at both ends of the grid', () => {
    const entry = fc.tuple(
      fc.oneof(
        fc.integer({ min: 0, max: 65535 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 65300, max: 65535 }),
      ),
      fc.constantFrom(1, 1, 2, 4_000_000_000),
    );
    const delta = fc.constantFrom(0.0003, 0.001, 0.01, 0.3, 0.999);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), delta, (entries, width) => {
        const counts = new Uint32Array(MAGNITUDE_BUCKETS);
        for (const [bucket, count] of entries) counts[bucket] = count;
        bothCovers(counts, width, 1, 12);
      }),
      { ...RUNS, numRuns: 40 },
    );
  });
});
