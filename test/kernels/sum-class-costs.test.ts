import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { bothKernels, expectSameBits, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

describe.each([reference, wasm])('sumClassCosts ($name)', (kernels) => {
  it('adds up rows, columns and taps of a tensor small enough to do by hand', () => {
    // Symbol s costs 10 s + column; element i starts at column bases[i].
    const costs = Int32Array.of(0, 1, 2, 3, 10, 11, 12, 13);
    const symbols = Uint8Array.of(0, 1, 1, 0);
    const bases = Uint8Array.of(0, 1, 2, 0);
    expect([...kernels.sumClassCosts(symbols, bases, [2, 2, 1], 0, costs, 4, 2)]).toEqual([0 + 11, 1 + 12, 12, 14]);
    expect([...kernels.sumClassCosts(symbols, bases, [2, 2, 1], 1, costs, 4, 2)]).toEqual([12, 14, 11, 13]);
    expect([...kernels.sumClassCosts(symbols, bases, [1, 2, 2], 2, costs, 4, 2)]).toEqual([12, 14, 11, 13]);
  });

  it('is exact beyond 32 bits', () => {
    const n = 40_000;
    const most = 2 ** 17 - 1;
    const sums = kernels.sumClassCosts(new Uint8Array(n), new Uint8Array(n), [1, n, 1], 0, Int32Array.of(most), 1, 1);
    expect([...sums]).toEqual([n * most]);
  });

  it('gives zeros for an empty tensor', () => {
    const none = new Uint8Array(0);
    expect([...kernels.sumClassCosts(none, none, [2, 0, 3], 0, Int32Array.of(1, 2, 3), 3, 2)]).toEqual([0, 0, 0, 0]);
  });
});

describe('sumClassCosts, wasm like the reference', () => {
  it('for any shape, axis, alphabet and number of classes', () => {
    const size = fc.integer({ min: 1, max: 12 });
    const shapes = fc.tuple(size, size, size);
    const settings = fc.record({
      shape: shapes,
      axis: fc.integer({ min: 0, max: 2 }),
      alphabet: fc.integer({ min: 1, max: 256 }),
      count: fc.integer({ min: 1, max: 64 }),
      spare: fc.integer({ min: 0, max: 65 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(settings, ({ shape, axis, alphabet, count, spare, seed }) => {
        const random = new Random(seed >>> 0);
        const n = shape[0] * shape[1] * shape[2];
        const pitch = count + spare;
        const symbols = Uint8Array.from({ length: n }, () => random.below(alphabet));
        const bases = Uint8Array.from({ length: n }, () => random.below(spare + 1));
        const costs = Int32Array.from({ length: alphabet * pitch }, () => random.below(2 ** 17));
        const results = [reference, wasm].map((kernels) =>
          kernels.sumClassCosts(symbols, bases, shape, axis, costs, pitch, count),
        );
        expectSameBits(results[1], results[0]);
      }),
      RUNS,
    );
  });
});
