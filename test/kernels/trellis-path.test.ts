import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { loadKernels } from '../../src/kernels/index.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { type ChainCosts, levelOf, nextState, TRELLIS_STATES } from '../../src/kernels/trellis.js';

const wasm = await loadKernels();

interface Chain {
  readonly targets: Float32Array;
  readonly weights: Float32Array;
  readonly classes: Uint8Array;
  readonly costs: ChainCosts;
  readonly start: number;
}

const CLASSES = 3;

const chains: fc.Arbitrary<Chain> = fc
  .record({
    n: fc.nat(200),
    spread: fc.constantFrom(0.1, 1, 5, 60, 1e6),
    half: fc.integer({ min: 1, max: 32 }),
    rate: fc.constantFrom(0, 0.2, 30),
    start: fc.nat(TRELLIS_STATES - 1),
    seed: fc.nat(),
  })
  .map(({ n, spread, half, rate, start, seed }) => chainOf(n, spread, 2 * half, rate, start, seed));

function chainOf(n: number, spread: number, half: number, rate: number, start: number, seed: number): Chain {
  const random = new Random(seed);
  const floats = (length: number, next: () => number) => Float32Array.from({ length }, next);
  return {
    targets: floats(n, () => spread * random.normal()),
    weights: floats(n, () => 2 * random.uniform()),
    classes: Uint8Array.from({ length: n }, () => random.below(CLASSES)),
    costs: { min: -half, size: 2 * half, rates: floats(CLASSES * 4 * half, () => rate * random.uniform()) },
    start,
  };
}

function search(kernels: typeof wasm, { targets, weights, classes, costs, start }: Chain) {
  const levels = new Int16Array(targets.length);
  const states = new Uint8Array(targets.length);
  const end = kernels.trellisPath(targets, weights, classes, costs, start, levels, states);
  return { levels, states, end };
}

/** The cost of a path, in 2^-12, by the definition; and whether it is one. */
function costOfPath({ targets, weights, classes, costs }: Chain, start: number, numbers: readonly number[]): number {
  let state = start;
  let cost = 0;
  numbers.forEach((k, i) => {
    const bank = state & 1;
    const d = Math.fround(Math.abs(targets[i]) - levelOf(k, bank) * (targets[i] < 0 ? -1 : 1));
    const rate = costs.rates[(2 * classes[i] + bank) * costs.size + k - costs.min];
    cost += Math.floor(4096 * Math.min(1024, Math.fround(Math.fround(weights[i] * Math.fround(d * d)) + rate)));
    state = nextState(state, k);
  });
  return cost;
}

describe('the path through a trellis', () => {
  it('is the same in WebAssembly as in the twin', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        expect(search(wasm, chain)).toEqual(search(referenceKernels, chain));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('is the same for a chain so long that costs are brought down on the way', () => {
    const chain = chainOf(3000, 40, 4, 20, 77, 5);
    expect(search(wasm, chain)).toEqual(search(referenceKernels, chain));
  });

  it('is told by its states: each level lies in the bank of its state, and leads to the next', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        const { levels, states, end } = search(wasm, chain);
        let state = chain.start;
        levels.forEach((level, i) => {
          expect(states[i]).toBe(state);
          const k = (level + (state & 1) * Math.sign(level)) / 2;
          expect(Number.isInteger(k) && k >= chain.costs.min && k < chain.costs.min + chain.costs.size).toBe(true);
          state = nextState(state, k);
        });
        expect(end).toBe(state);
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  // Numbers farther out are dearer, so that the best is always among the candidates.
  it('costs no more than any other, by trying all', () => {
    for (let seed = 0; seed < 40; seed++) {
      const chain = chainOf(6, 1.5, 2, 0, seed * 5, seed);
      chain.costs.rates.forEach((_, i, rates) => {
        rates[i] = (1 + (i % 3)) * Math.abs((i % 4) - 2);
      });
      const { levels, states } = search(wasm, chain);
      const chosen = Array.from(levels, (level, i) => (level + (states[i] & 1) * Math.sign(level)) / 2);
      let least = Number.POSITIVE_INFINITY;
      for (let path = 0; path < 4 ** 6; path++) {
        const numbers = Array.from({ length: 6 }, (_, i) => ((path >> (2 * i)) & 3) - 2);
        least = Math.min(least, costOfPath(chain, chain.start, numbers));
      }
      expect(costOfPath(chain, chain.start, chosen)).toBe(least);
    }
  });

  // Granular gains of trellis-coded quantization: 1.33 dB for 256 states (Marcellin, Fischer 1990, table III).
  it('gains more than a decibel over rounding to a grid with as many numbers', () => {
    const n = 4096;
    const random = new Random(3);
    const targets = Float32Array.from({ length: n }, () => 40 * (random.uniform() - 0.5));
    const costs = { min: -32, size: 64, rates: new Float32Array(128) };
    const chain = { targets, weights: new Float32Array(n).fill(1), classes: new Uint8Array(n), costs, start: 0 };
    const { levels } = search(wasm, chain);
    const error = targets.reduce((sum, target, i) => sum + (target - levels[i]) ** 2, 0) / n;
    // Numbers stand for levels two apart: rounding to those has an error of 2² / 12.
    expect(10 * Math.log10(4 / 12 / error)).toBeGreaterThan(1.2);
  });
});
