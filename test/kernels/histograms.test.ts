import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWringError, Random } from '../../src/core/index.js';
import { MAGNITUDE_BUCKETS } from '../../src/kernels/index.js';
import { bothKernels, expectSameBits, floats, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

function randomCodes(k: number, length: number): Uint16Array {
  const random = new Random(k);
  return Uint16Array.from({ length }, () => Math.min(random.below(k), random.below(k)));
}

describe.each([reference, wasm])('countCodes ($name)', (kernels) => {
  it.each([1, 3, 256, 4096, 4097, 65536])('adds how often each of %i codes occurs', (k) => {
    for (const length of [0, 1, 3, 7, 8, 9, 15, 16, 17, 65536, 70_001]) {
      const codes = randomCodes(k, length);
      const expected = new Map<number, number>();
      for (const code of codes) expected.set(code, (expected.get(code) ?? 0) + 1);
      const counts = new Uint32Array(k).fill(5);
      kernels.countCodes(codes, counts);
      expectSameBits(
        counts,
        Uint32Array.from({ length: k }, (_, code) => 5 + (expected.get(code) ?? 0)),
      );
    }
  });

  it('refuses a code beyond the counts wherever it stands, and leaves the counts alone', () => {
    for (const at of [0, 7, 8, 15, 16, 18]) {
      const codes = new Uint16Array(19).fill(3);
      codes[at] = 4;
      const counts = new Uint32Array(4);
      const refusal = (error: unknown) => isWringError(error, 'E_RANGE');
      expect(() => kernels.countCodes(codes, counts)).toThrow(expect.toSatisfy(refusal));
      expect(counts).toEqual(new Uint32Array(4));
    }
  });
});

describe.each([reference, wasm])('countMagnitudes ($name)', (kernels) => {
  it('has 2^11 buckets to the octave, and keeps what is too small or too large in the outer ones', () => {
    const counts = new Uint32Array(MAGNITUDE_BUCKETS);
    const ulp = 2 ** -23;
    kernels.countMagnitudes(Float32Array.of(2 ** -20, -(2 ** -19), 1, 1 + ulp, -1 - 2 ** -11, 0, -0, 1e-9), counts);
    kernels.countMagnitudes(Float32Array.of(4096, 1e30, Number.POSITIVE_INFINITY, Number.NaN), counts);
    const found = [...counts.entries()].filter(([, count]) => count > 0);
    expect(found).toEqual([
      [0, 4],
      [2048, 1],
      [20 * 2048, 2],
      [20 * 2048 + 1, 1],
      [65535, 4],
    ]);
  });

  it('counts no weight twice, in any number of blocks', () => {
    const counts = new Uint32Array(MAGNITUDE_BUCKETS);
    kernels.countMagnitudes(normals(1, 140_003), counts);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(140_003);
  });
});

describe('histograms, wasm like the reference', () => {
  it('for any floats', () => {
    fc.assert(
      fc.property(floats(50), (weights) => {
        const expected = new Uint32Array(MAGNITUDE_BUCKETS).fill(1);
        const actual = expected.slice();
        reference.countMagnitudes(weights, expected);
        wasm.countMagnitudes(weights, actual);
        expectSameBits(actual, expected);
      }),
      RUNS,
    );
  });
});
