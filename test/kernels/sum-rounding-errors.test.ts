import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { bothKernels, expectSameBits, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

/** In exact arithmetic but for the last bits of double; ties do not matter, for both neighbours are as far. */
function byDefinition(row: Float32Array, inverse: number, levels: number): number {
  return row.reduce((sum, value) => {
    const t = Math.abs(value) * inverse;
    return sum + (t - Math.min(levels, Math.round(t))) ** 2;
  }, 0);
}

describe.each([reference, wasm])('sumRoundingErrors ($name)', (kernels) => {
  it('is the squared distance to the nearest level', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 70 }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(1, 3, 7, 127),
        (seed, rows, length, count, levels) => {
          const random = new Random(seed);
          const values = normals(seed, rows * length);
          const inverses = Float32Array.from({ length: rows * count }, () => 0.1 + levels * random.uniform());
          const sums = kernels.sumRoundingErrors(values, rows, inverses, levels);
          expect(sums.length).toBe(rows * count);
          sums.forEach((sum, k) => {
            const r = Math.floor(k / count);
            const expected = byDefinition(values.subarray(r * length, (r + 1) * length), inverses[k], levels);
            expect(Math.abs(sum - expected)).toBeLessThanOrEqual(1e-4 * (1 + expected));
          });
        },
      ),
      RUNS,
    );
  });

  it('rounds a half to the even level, and what is beyond the last level to that', () => {
    const row = Float32Array.of(0.5, 1.5, 2.5, -9);
    expect(kernels.sumRoundingErrors(row, 1, Float32Array.of(1), 3)[0]).toBe(0.75 + 36);
  });

  it('refuses rows that do not divide the arrays', () => {
    const four = new Float32Array(4);
    expect(() => kernels.sumRoundingErrors(four, 3, four, 1)).toThrow(/rows/);
    expect(() => kernels.sumRoundingErrors(four, 0, four, 1)).toThrow(/rows/);
  });
});

describe('sumRoundingErrors, wasm like the reference', () => {
  it.each([1, 15, 16, 17, 576, 1153])('for rows of %i', (length) => {
    const values = normals(3, 5 * length);
    const random = new Random(8);
    const inverses = Float32Array.from({ length: 5 * 32 }, () => 20 * random.uniform() + 1e-3);
    for (const levels of [1, 7, 127]) {
      expectSameBits(
        wasm.sumRoundingErrors(values, 5, inverses, levels),
        reference.sumRoundingErrors(values, 5, inverses, levels),
      );
    }
  });
});
