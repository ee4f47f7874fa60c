import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import type { Kernels } from '../../src/kernels/index.js';
import { bothKernels, codebook, expectSameBits, floats, normals, RUNS, repeated } from './support.js';

const [reference, wasm] = await bothKernels();

interface Problem {
  weights: Float32Array;
  importance: Float32Array;
  centroids: Float32Array;
  contexts: Uint8Array;
  bits: Float32Array;
  zeroCode: number;
  codes: Uint16Array;
}

function choose(kernels: Kernels, problem: Problem): Uint16Array {
  const { weights, importance, centroids, contexts, bits, zeroCode } = problem;
  const codes = problem.codes.slice();
  kernels.assignRateDistortion(weights, importance, centroids, contexts, bits, zeroCode, codes);
  return codes;
}

/** The doc comment, word for word: candidates as a set, sorted, every operation rounded to float32. */
function byDefinition({ weights, importance, centroids, contexts, bits, zeroCode, codes }: Problem): Uint16Array {
  const k = centroids.length;
  return codes.map((code, i) => {
    const candidates = [...new Set([code - 2, code - 1, code, code + 1, code + 2, zeroCode])]
      .filter((c) => c >= 0 && c < k)
      .sort((a, b) => a - b)
      .map((c) => {
        const d = Math.fround(weights[i] - centroids[c]);
        const squared = Math.fround(d * d);
        const distortion = Math.fround(importance[i] * squared);
        return { c, cost: Math.fround(distortion + bits[contexts[i] * k + c]) };
      })
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY);
    const least = Math.min(...candidates.map(({ cost }) => cost));
    return candidates.find(({ cost }) => cost === least)?.c ?? code;
  });
}

const positive = fc.oneof(fc.float({ min: 0, max: 100, noNaN: true }), fc.constantFrom(0, 1, 2, Math.fround(1e30)));
const cost = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0.5, 0.125, Number.POSITIVE_INFINITY));

const anyProblem: fc.Arbitrary<Problem> = fc
  .record({
    values: floats(40),
    scales: floats(40, positive),
    centroids: codebook(9),
    rows: fc.integer({ min: 1, max: 4 }),
    costs: floats(40, cost),
    length: fc.integer({ min: 0, max: 41 }),
    zeroCode: fc.integer({ min: -1, max: 8 }),
    seed: fc.integer(),
  })
  .map(({ values, scales, centroids, rows, costs, length, zeroCode, seed }) => {
    const random = new Random(seed);
    return {
      weights: repeated(values, length),
      importance: repeated(scales, length),
      centroids,
      contexts: Uint8Array.from({ length }, () => random.below(rows)),
      bits: repeated(costs, rows * centroids.length),
      zeroCode,
      codes: Uint16Array.from({ length }, () => random.below(centroids.length)),
    };
  });

describe.each([reference, wasm])('assignRateDistortion ($name)', (kernels) => {
  it('takes the first of the cheapest candidates', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        expect(choose(kernels, problem)).toEqual(byDefinition(problem));
      }),
      { ...RUNS, numRuns: 600 },
    );
  });

  it('moves to a cheap zero when distance matters little, and stays when it matters much', () => {
    const problem = {
      weights: new Float32Array(5).fill(0.9),
      importance: Float32Array.of(0, 1, 100, 1000, 10_000),
      centroids: Float32Array.of(-2, -1, 0, 0.25, 0.5, 0.75, 1),
      contexts: new Uint8Array(5),
      bits: Float32Array.of(9, 9, 1, 9, 9, 9, 9),
      zeroCode: 2,
      codes: new Uint16Array(5).fill(6),
    };
    // 0.9² · importance against 0.1² · importance + 8 more bits: zero wins below importance 10.
    expect(choose(kernels, problem)).toEqual(Uint16Array.of(2, 2, 6, 6, 6));
  });

  it('refuses codes and contexts that lie outside', () => {
    const problem = {
      weights: new Float32Array(3),
      importance: new Float32Array(3),
      centroids: Float32Array.of(0, 1),
      contexts: new Uint8Array(3),
      bits: new Float32Array(4),
      zeroCode: 0,
      codes: new Uint16Array(3),
    };
    expect(() => choose(kernels, { ...problem, codes: Uint16Array.of(0, 0, 2) })).toThrow(/codes/);
    expect(() => choose(kernels, { ...problem, contexts: Uint8Array.of(0, 2, 0) })).toThrow(/contexts/);
  });
});

describe('assignRateDistortion, wasm like the reference', () => {
  it('over several blocks with 32 contexts', () => {
    const length = 70_003;
    const random = new Random(11);
    const weights = normals(12, length);
    const centroids = Float32Array.from({ length: 255 }, (_, i) => (i - 127) / 32);
    const codes = new Uint16Array(length);
    wasm.assignNearest(weights, centroids, codes);
    const problem = {
      weights,
      importance: Float32Array.from({ length }, () => 3000 * random.uniform()),
      centroids,
      contexts: Uint8Array.from({ length }, () => random.below(32)),
      bits: Float32Array.from({ length: 32 * 255 }, () => 12 * random.uniform()),
      zeroCode: 127,
      codes,
    };
    expectSameBits(choose(wasm, problem), choose(reference, problem));
  });
});
