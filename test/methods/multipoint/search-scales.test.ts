import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceKernels } from '../../../src/kernels/index.js';
import { roundMantissa, solveSmall } from '../../../src/methods/multipoint/least-squares.js';
import { levelOf, searchScales } from '../../../src/methods/multipoint/search-scales.js';
import { normals } from '../../kernels/support.js';

const SEED = 20240607;

/** The least ‖r − s q‖² over every vector q of levels and its best s: no scale can do better. */
function leastOfAll(row: readonly number[], levels: number): number {
  const power = row.reduce((sum, value) => sum + value * value, 0);
  let least = power;
  const visit = (i: number, product: number, square: number): void => {
    if (i === row.length) {
      if (product > 0) least = Math.min(least, power - (product * product) / square);
      return;
    }
    for (let q = -levels; q <= levels; q++) visit(i + 1, product + q * row[i], square + q * q);
  };
  visit(0, 0, 0);
  return least;
}

function errorAt(row: ArrayLike<number>, scale: number, levels: number): number {
  return Array.from(row).reduce((sum, value) => sum + (value - scale * levelOf(value / scale, levels)) ** 2, 0);
}

const scaleOf = (row: Float32Array, levels: number, search: 'grid' | 'exact' | 'paper') =>
  searchScales(row, 1, levels, search, referenceKernels)[0];

describe('searchScales', () => {
  it('finds the best of all vectors by the sweep', () => {
    const numbers = fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.constantFrom(0, 1, -1, 0.5, 2));
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), fc.constantFrom(1, 3), (values, levels) => {
        const row = Float32Array.from(values, (value) => (Math.abs(value) < 1e-6 ? 0 : value));
        const error = errorAt(row, scaleOf(row, levels, 'exact'), levels);
        const least = leastOfAll([...row], levels);
        const power = row.reduce((sum, value) => sum + value * value, 0);
        expect(error).toBeLessThanOrEqual(least + 1e-5 * power + 1e-12);
        for (const search of ['grid', 'paper'] as const) {
          expect(errorAt(row, scaleOf(row, levels, search), levels)).toBeGreaterThanOrEqual(least - 1e-5 * power);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it.each([1, 3, 7, 127])('comes near the best with 32 scales and refits, at %i levels', (levels) => {
    for (const seed of [1, 2, 3]) {
      const row = normals(seed, 576);
      const best = errorAt(row, scaleOf(row, levels, 'exact'), levels);
      const grid = errorAt(row, scaleOf(row, levels, 'grid'), levels);
      expect(grid).toBeGreaterThanOrEqual(best * (1 - 1e-6));
      // At 127 levels the error of 32 scales over that range differs by more.
      expect(grid).toBeLessThan((levels > 100 ? 1.2 : 1.01) * best);
      expect(errorAt(row, scaleOf(row, levels, 'paper'), levels)).toBeLessThan((levels > 100 ? 1.2 : 1.02) * best);
    }
  });

  it('clips: the best four-bit scale of normal weights is well below the largest weight', () => {
    const row = normals(7, 4608);
    const largest = row.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect((7 * scaleOf(row, 7, 'exact')) / largest).toBeLessThan(0.8);
    expect(errorAt(row, scaleOf(row, 7, 'exact'), 7)).toBeLessThan(0.7 * errorAt(row, largest / 7, 7));
  });

  it('gives a row of zeros a scale', () => {
    for (const search of ['grid', 'exact', 'paper'] as const) expect(scaleOf(new Float32Array(5), 7, search)).toBe(1);
  });

  it('searches every row by itself', () => {
    const rows = Float32Array.of(...normals(1, 40), ...normals(2, 40, 5));
    const both = searchScales(rows, 2, 7, 'grid', referenceKernels);
    expect([...both]).toEqual([scaleOf(rows.subarray(0, 40), 7, 'grid'), scaleOf(rows.subarray(40), 7, 'grid')]);
  });
});

describe('solveSmall', () => {
  it('solves what is regular and refuses what is not', () => {
    expect(
      solveSmall(
        [
          [4, 2],
          [2, 3],
        ],
        [10, 9],
      ),
    ).toEqual([1.5, 2]);
    expect(
      solveSmall(
        [
          [1, 1],
          [1, 1],
        ],
        [1, 1],
      ),
    ).toBeNull();
  });
});

describe('roundMantissa', () => {
  it('keeps as many bits as asked for, to the nearest', () => {
    expect(roundMantissa(1 + 1 / 4 + 1 / 16, 2)).toBe(1.25);
    expect(roundMantissa(1.9999, 4)).toBe(2);
    expect(roundMantissa(0.3, 23)).toBe(Math.fround(0.3));
    expect(Math.abs(roundMantissa(0.3, 10) / 0.3 - 1)).toBeLessThan(2 ** -11);
  });
});
