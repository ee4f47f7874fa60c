import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/core/index.js';
import { finiteAlphabet, stepAlphabet } from '../../../src/methods/gpfq/alphabet.js';
import { followPath } from '../../../src/methods/gpfq/follow-path.js';
import { LookAhead } from '../../../src/methods/gpfq/look-ahead.js';
import { literalPath, type Samples } from './literal-gpfq.js';

const SEED = 20240607;

function randomSamples(random: Random, count: number, columns: number): number[][] {
  return Array.from({ length: count }, () =>
    Array.from({ length: columns }, (_, j) => (j % 7 === 6 ? 0 : random.normal() + 0.4)),
  );
}

function gram(a: Samples, b: Samples, columns: number): Float32Array {
  return Float32Array.from({ length: columns * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return a.reduce((sum, sample, n) => sum + sample[i] * b[n][j], 0) / a.length;
  });
}

describe('followPath', () => {
  it('gives what the recursion over all samples gives', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 40 }),
        (seed, columns, count) => {
          const random = new Random(seed);
          const original = randomSamples(random, count, columns);
          const changed = original.map((sample) => sample.map((value) => value * (1 + 0.1 * random.normal())));
          const weights = Array.from({ length: columns }, () => random.normal());
          // Far from every tie, so that float32 moments decide as exact ones do: a value for every target.
          const smooth = (target: number) => target / (1 + Math.abs(target));
          const expected = literalPath(weights, original, changed, smooth).values;
          const inputs = {
            columns,
            second: gram(changed, changed, columns),
            cross: gram(changed, original, columns),
          };
          const values = new Float64Array(columns);
          followPath(Float64Array.from(weights), inputs, (_, target) => smooth(target), values);
          expected.forEach((value, t) => {
            expect(values[t]).toBeCloseTo(value, 3);
          });
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('ends at the value 0 for an input that is always 0', () => {
    const values = new Float64Array(2).fill(9);
    const zero = new Float32Array(4);
    followPath(Float64Array.of(3, 4), { columns: 2, second: zero, cross: zero }, (_, target) => target, values);
    expect([...values]).toEqual([0, 0]);
  });
});

describe('LookAhead', () => {
  const columns = 12;
  const random = new Random(31);
  const original = Array.from({ length: 300 }, () => {
    const common = random.normal();
    return Array.from({ length: columns }, () => common + 0.5 * random.normal());
  });
  const changed = original.map((sample) => sample.map((value) => value + 0.2 * random.normal()));
  const [second, cross] = [gram(changed, changed, columns), gram(changed, original, columns)];
  const layout = { groups: 1, rows: 1, columns, rowStride: columns, columnStride: 1, bias: null };
  const mean = new Float32Array(columns);
  /** Of a layer of one row, as of several. */
  const momentsOf = (targets: number[][]) => {
    const rows = targets[0].length;
    const products = new Float32Array(columns * rows);
    changed.forEach((x, n) => {
      for (let j = 0; j < columns; j++) {
        for (let r = 0; r < rows; r++) products[j * rows + r] += (x[j] * targets[n][r]) / changed.length;
      }
    });
    const aim = { cross: products, mean: new Float32Array(rows), power: new Float32Array(rows) };
    return { ...layout, rows, second, cross, mean, aim };
  };
  const putOut = (row: Float64Array) => original.map((x) => [x.reduce((sum, value, j) => sum + value * row[j], 0)]);
  const weights = Float64Array.from({ length: columns }, () => random.normal());

  it('aims at the weights that serve best behind the changed layers', () => {
    const targets = weights.slice();
    new LookAhead(momentsOf(putOut(weights)), 0, 1e-6).follow(targets, 0, (_, target) => target);
    for (let i = 0; i < columns; i++) {
      const at = (all: Float32Array, vector: Float64Array) =>
        vector.reduce((sum, value, j) => sum + all[i * columns + j] * value, 0);
      expect(at(second, targets)).toBeCloseTo(at(cross, weights), 4);
    }
  });

  it('finds what each row is to put out, as far as its inputs tell', () => {
    const moments = momentsOf(changed.map((x) => [0.3 * x[0] - 0.7 * x[5], 2 * x[3]]));
    const found = [0, 1].map((r) => new LookAhead(moments, 0, 1e-9).retarget(weights, r));
    for (let j = 0; j < columns; j++) {
      expect(found[0][j]).toBeCloseTo({ 0: 0.3, 5: -0.7 }[j] ?? 0, 4);
      expect(found[1][j]).toBeCloseTo({ 3: 2 }[j] ?? 0, 4);
    }
  });

  it('leaves less of the error than the greedy path, over many rows', () => {
    const round = (target: number) => 0.5 * Math.round(target / 0.5);
    let [aheadError, greedyError] = [0, 0];
    const values = new Float64Array(columns);
    for (let row = 0; row < 40; row++) {
      const own = Float64Array.from({ length: columns }, () => random.normal());
      const error = () =>
        original.reduce((sum, x, n) => {
          const output = x.reduce((all, value, j) => all + own[j] * value - values[j] * changed[n][j], 0);
          return sum + output * output;
        }, 0);
      followPath(own, { columns, second, cross }, (_, target) => round(target), values);
      greedyError += error();
      new LookAhead(momentsOf(putOut(own)), 0, 1e-6).follow(own.slice(), 0, (t, target) => {
        values[t] = round(target);
        return values[t];
      });
      aheadError += error();
    }
    expect(aheadError).toBeLessThan(0.95 * greedyError);
  });
});

const targets = Float64Array.from({ length: 401 }, (_, i) => (i - 200) / 50 + 0.003);
const options = { levels: 9, variant: 'nearest', threshold: 0.5 } as const;
const quantized = (alphabet: ReturnType<typeof finiteAlphabet>, target: number) =>
  alphabet.values[alphabet.quantize(target) - alphabet.lowest];

describe('finiteAlphabet', () => {
  it.each([2, 3, 4, 5, 8, 9, 16, 17])('of %i levels takes the nearest of equally spaced values', (levels) => {
    const alphabet = finiteAlphabet(2, { ...options, levels }, new Random(1));
    const all = Array.from({ length: levels }, (_, k) => -2 + (4 * k) / (levels - 1));
    for (const target of targets) {
      const nearest = Math.min(...all.map((value) => Math.abs(value - target)));
      expect(Math.abs(quantized(alphabet, target) - target)).toBeCloseTo(nearest, 5);
    }
    expect(all.includes(0)).toBe(levels % 2 === 1);
  });

  it('has no zero for an even number of levels, not even for zero', () => {
    expect(quantized(finiteAlphabet(3, { ...options, levels: 4 }, new Random(1)), 0)).toBe(1);
  });

  it('shrinks before it rounds when the threshold is soft', () => {
    const alphabet = finiteAlphabet(4, { levels: 9, variant: 'soft', threshold: 0.75 }, new Random(1));
    expect([-9, -2.5, -0.7, 0.7, 1.2, 1.3, 3].map((target) => quantized(alphabet, target))).toEqual([
      -4, -2, 0, 0, 0, 1, 2,
    ]);
  });

  it('keeps the radius and leaves a hole around zero when the threshold is hard', () => {
    // δ = 1, λ = 0.5, δ' = 1 − 0.5 / 4.
    const alphabet = finiteAlphabet(4, { levels: 9, variant: 'hard', threshold: 0.5 }, new Random(1));
    const magnitudes = [0.5, 1.375, 2.25, 3.125, 4];
    expect([...alphabet.values]).toEqual([...magnitudes.map((v) => -v).reverse(), 0, ...magnitudes]);
    expect([0.49, -0.5, 0.51, 0.93, 0.94, -9].map((target) => quantized(alphabet, target))).toEqual([
      0, 0, 0.5, 0.5, 1.375, -4,
    ]);
  });

  it('meets a target on average when it rounds at random', () => {
    for (const levels of [8, 9]) {
      const alphabet = finiteAlphabet(4, { levels, variant: 'stochastic', threshold: 0 }, new Random(5));
      let sum = 0;
      for (let i = 0; i < 20_000; i++) sum += quantized(alphabet, 1.3);
      // Standard deviation below half a step of about 1, over √20,000.
      expect(Math.abs(sum / 20_000 - 1.3)).toBeLessThan(0.02);
      expect(quantized(alphabet, 99)).toBe(4);
    }
  });

  it('refuses a sparse variant without a zero', () => {
    expect(() => finiteAlphabet(1, { levels: 4, variant: 'soft', threshold: 0.5 }, new Random(1))).toThrow(/odd/);
  });
});

describe('stepAlphabet', () => {
  it('takes the nearest multiple, up to its limit', () => {
    const alphabet = stepAlphabet(0.25, 400, options, new Random(1));
    expect([99.1, 1000, -0.13, 0.1].map((target) => quantized(alphabet, target))).toEqual([99, 100, -0.25, 0]);
  });
});
