import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { BINS, type Kernels, type LevelOdds, ODDS } from '../../src/kernels/index.js';
import { bothKernels, expectSameBits, finiteFloat, floats, normals, RUNS, repeated } from './support.js';

const [reference, wasm] = await bothKernels();

const LENGTHS = fc.constantFrom(0, 1, 3, 64, 4099, 70_001);

function round(kernels: Kernels, numbers: Float32Array, scale: number, offset: number, values: Float32Array) {
  const bins = new Uint16Array(numbers.length);
  const targets = new Float32Array(numbers.length);
  kernels.roundToBins(numbers, scale, offset, values, bins, targets);
  return { bins, targets };
}

function weigh(kernels: Kernels, gradients: Float32Array, bins: Uint16Array, slopes: Float32Array) {
  const targets = new Float32Array(gradients.length);
  const sums = Float64Array.from(slopes, (_, bin) => bin);
  kernels.weighByBins(gradients, bins, slopes, targets, sums);
  return { targets, sums };
}

/** Odds in no relation to each other, so that each is seen in the result. */
function randomOdds(around: number, seed: number): LevelOdds {
  const random = new Random(seed);
  const rows = Float32Array.from({ length: BINS * (2 * around + 1) * ODDS }, (_, i) =>
    i % ODDS === 0 ? random.uniform() + 0.01 : random.normal(),
  );
  const draws = Float32Array.from({ length: 65536 }, () => random.uniform() + 0.01);
  return { around, rows, draws };
}

function draw(kernels: Kernels, numbers: Float32Array, odds: LevelOdds, hard: boolean, seed: number) {
  const [targets, byNumber, byStep, bySpread] = [0, 1, 2, 3].map(() => new Float32Array(numbers.length));
  const grid = { low: -4, high: 3, step: 0.3, spread: 0.7 };
  kernels.drawLevels(numbers, grid, odds, hard, seed, targets, { byNumber, byStep, bySpread });
  return [targets, byNumber, byStep, bySpread];
}

describe.each([reference, wasm])('roundToBins ($name)', (kernels) => {
  it('takes the bin that a number lies in, the first one and the last one for all beyond', () => {
    const numbers = Float32Array.of(-100, -1, -0.5, -0.25, 0, 0.2, 0.5, 0.75, 1, 1e30);
    const { bins, targets } = round(kernels, numbers, 2, 2, Float32Array.of(10, 11, 12, 13));
    expect([...bins]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3, 3]);
    expect([...targets]).toEqual([10, 10, 11, 11, 12, 12, 13, 13, 13, 13]);
  });
});

describe.each([reference, wasm])('weighByBins ($name)', (kernels) => {
  it('weighs each gradient by its bin, and adds it there', () => {
    const { targets, sums } = weigh(
      kernels,
      Float32Array.of(1, 2, 3, 4, 5),
      Uint16Array.of(2, 0, 2, 1, 2),
      Float32Array.of(0.5, -1, 2),
    );
    expect([...targets]).toEqual([2, 1, 6, -4, 10]);
    expect([...sums]).toEqual([2, 5, 11]);
  });

  it('refuses a bin that is not there', () => {
    const call = () => weigh(kernels, Float32Array.of(1), Uint16Array.of(3), Float32Array.of(1, 2, 3));
    expect(call).toThrow(/bins to be below 3 but received 3/);
  });
});

describe.each([reference, wasm])('drawLevels ($name)', (kernels) => {
  it('is the level itself, without derivatives, where only that has odds', () => {
    const rows = new Float32Array(BINS * 3 * ODDS);
    for (let bin = 0; bin < BINS; bin++) rows[(3 * bin + 1) * ODDS] = 1;
    const odds = { around: 1, rows, draws: new Float32Array(65536).fill(1) };
    for (const hard of [false, true]) {
      const [targets, byNumber, byStep] = draw(kernels, Float32Array.of(-9, -0.46, 0.14, 0.16, 9), odds, hard, 1);
      const levels = [-4, -2, 0, 1, 3];
      expect([...targets]).toEqual(levels.map((level) => Math.fround(Math.fround(0.3) * level)));
      expect([...byNumber]).toEqual([0, 0, 0, 0, 0]);
      expect([...byStep]).toEqual(levels);
    }
  });

  it('refuses tables of other sizes', () => {
    const odds = { ...randomOdds(2, 1), around: 3 };
    expect(() => draw(kernels, new Float32Array(1), odds, true, 1)).toThrow(/Expected 17920 odds of 3 levels/);
  });
});

describe('grid kernels', () => {
  it('round and weigh to the same bits in both', () => {
    fc.assert(
      fc.property(floats(30, finiteFloat), LENGTHS, fc.integer({ min: 1, max: 300 }), (some, length, size) => {
        const numbers = repeated(some, length);
        const values = normals(5, size);
        const [a, b] = [reference, wasm].map((kernels) => round(kernels, numbers, size / 3, size / 2, values));
        expectSameBits(b.bins, a.bins);
        expectSameBits(b.targets, a.targets);
        const gradients = normals(size, length);
        const [c, d] = [reference, wasm].map((kernels) => weigh(kernels, gradients, a.bins, values));
        expectSameBits(d.targets, c.targets);
        expectSameBits(d.sums, c.sums);
      }),
      { ...RUNS, numRuns: 30 },
    );
  });

  it('draw to the same bits in both, at any length and any place of a block', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 4, 7),
        LENGTHS,
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.boolean(),
        (around, length, seed, hard) => {
          const odds = randomOdds(around, 9);
          const numbers = normals(seed, length);
          const [a, b] = [reference, wasm].map((kernels) => draw(kernels, numbers, odds, hard, seed));
          a.forEach((expected, i) => {
            expectSameBits(b[i], expected, `array ${i}`);
          });
        },
      ),
      { ...RUNS, numRuns: 12 },
    );
  });
});
