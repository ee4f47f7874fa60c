import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuantizingPrior } from '../../src/kernels/index.js';
import { exp2, log2 } from '../../src/kernels/reference/fast-math.js';
import { bothKernels, expectSameBits, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();
type Kernels = typeof wasm;

const TERNARY: QuantizingPrior = { unit: 0.2, levels: 1, corrected: false, strength: 1, border: 100 };

function addPrior(kernels: Kernels, means: Float32Array, logs: Float32Array, prior: QuantizingPrior, loss = [0, 0]) {
  const variances = new Float32Array(logs.length);
  kernels.exponentials(logs, variances);
  const [byMean, byLog] = loss.map((gradient) => new Float32Array(means.length).fill(gradient));
  const sums = kernels.addQuantizingPrior(means, logs, variances, prior, byMean, byLog);
  return { byMean, byLog, ...sums };
}

function divergence(kernels: Kernels, mean: number, log: number, prior: QuantizingPrior): number {
  return addPrior(kernels, Float32Array.of(mean), Float32Array.of(log), prior).divergence;
}

/** E log |z| of a standard normal z is −(γ + log 2) / 2: what the divergence from 1 / |w| tends to where α is large. */
const AT_INFINITY = Math.log(2 * Math.PI * Math.E) / 2 + (0.5772156649015329 + Math.LN2) / 2;

/** −KL(N(mean, e^log) ‖ 1/K Σ 1 / |w − c|) by the midpoint rule, 0 for one level far away from it. */
function trueValue(mean: number, log: number, { unit, levels }: QuantizingPrior): number {
  const sigma = Math.exp(log / 2);
  const points = 4000;
  const width = 16 / points;
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const z = -8 + (i + 0.5) * width;
    const w = mean + sigma * z;
    let density = 0;
    for (let k = -levels; k <= levels; k++) density += 1 / Math.max(1e-12, Math.abs(w - k * unit));
    sum += (width * Math.exp((-z * z) / 2) * Math.log(density / (2 * levels + 1))) / Math.sqrt(2 * Math.PI);
  }
  return log / 2 + Math.log(2 * Math.PI * Math.E) / 2 + sum - AT_INFINITY;
}

/** The largest deviation over means between −3 and 3 units, and where. */
function worst(kernels: Kernels, log: number, prior: QuantizingPrior): { deviation: number; at: number } {
  let deviation = 0;
  let at = 0;
  for (let i = -150; i <= 150; i++) {
    const mean = (i / 50) * prior.unit;
    const own = Math.abs(-divergence(kernels, mean, log, prior) - trueValue(mean, log, prior));
    if (own > deviation) [deviation, at] = [own, mean];
  }
  return { deviation, at };
}

describe('exp2 and log2', () => {
  it('are near what they are called', () => {
    for (let i = -2000; i <= 2000; i++) {
      const x = Math.fround(i * 0.0611);
      expect(Math.abs(exp2(x) / 2 ** x - 1)).toBeLessThan(4e-7);
      const power = Math.fround(2 ** x);
      expect(Math.abs(log2(power) - Math.log2(power))).toBeLessThan(1.5e-6 + Math.abs(x) * 1e-7);
    }
    expect([log2(1), log2(8), exp2(3), exp2(0)]).toEqual([0, 3, 8, 1]);
  });
});

describe('addQuantizingPrior', () => {
  it('gives the same bits in both, at any length and any place of a block', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 3, 4, 5, 64, 4099, 70_001),
        fc.nat(),
        fc.constantFrom(1, 2, 3),
        fc.boolean(),
        (length, seed, levels, corrected) => {
          const means = normals(seed, length, 0.3);
          const logs = normals(seed + 1, length, 3).map((x) => Math.max(-10, Math.min(1, x - 4)));
          means.fill(0, 0, 1);
          const prior = { unit: 0.13, levels, corrected, strength: 0.37, border: 0.2 };
          const [a, b] = [reference, wasm].map((kernels) => addPrior(kernels, means, logs, prior));
          expectSameBits(b.byMean, a.byMean);
          expectSameBits(b.byLog, a.byLog);
          expect([b.divergence, b.unitGradient]).toEqual([a.divergence, a.unitGradient]);
        },
      ),
      { ...RUNS, numRuns: 12 },
    );
  });
});

describe('clipGaussians', () => {
  it('gives the same bits in both, at any length and any place of a block', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 3, 4, 5, 64, 4099, 70_001), fc.nat(), (length, seed) => {
        const [a, b] = [reference, wasm].map((kernels) => {
          const [means, logs] = [normals(seed, length), normals(seed + 1, length, 8)];
          const variances = new Float32Array(length);
          kernels.clipGaussians(means, logs, variances, { logVariances: [-10, 1], outermost: 0.3, border: 0.2231 });
          return { means, logs, variances };
        });
        expectSameBits(b.means, a.means);
        expectSameBits(b.logs, a.logs);
        expectSameBits(b.variances, a.variances);
      }),
      { ...RUNS, numRuns: 12 },
    );
  });

  it('clips log σ² first, then θ to where log α counted from the outermost level is 3', () => {
    const means = Float32Array.of(2, -2, 0.4, -0.4, 0.31);
    const logs = Float32Array.of(-20, 3, -2, -4, -8);
    const variances = new Float32Array(5);
    wasm.clipGaussians(means, logs, variances, { logVariances: [-10, 1], outermost: 0.3, border: Math.exp(-1.5) });
    expect([...logs]).toEqual([-10, 1, -2, -4, -8]);
    variances.forEach((variance, i) => {
      expect(Math.abs(variance / Math.exp(logs[i]) - 1)).toBeLessThan(1e-6);
    });
    // log σ² − log d² = 3
    const border = (log: number) => 0.3 + Math.exp((log - 3) / 2);
    const expected = [border(-10), -border(1), Math.min(0.4, border(-2)), Math.max(-0.4, -border(-4)), border(-8)];
    means.forEach((mean, i) => {
      expect(mean).toBeCloseTo(expected[i], 6);
    });
  });
});

describe('the quantizing prior', () => {
  // Deviations of the paper's approximation by quadrature; the paper has 1.07 as the largest, by Monte Carlo.
  it.each([
    [-10, 1.06],
    [-8, 1.0],
    [-6, 0.84],
    [-5, 0.67],
    [-4, 0.4],
    [-3, 0.25],
    [-2, 0.25],
    [-1, 0.19],
    [0, 0.14],
    [1, 0.07],
  ])('is off by as much as the paper’s approximation is, at log σ² = %d: %d', (log, expected) => {
    const { deviation, at } = worst(wasm, log, TERNARY);
    expect(deviation).toBeGreaterThan(expected - 0.03);
    expect(deviation).toBeLessThan(expected + 0.03);
    if (log <= -6) expect(Math.abs(at)).toBeCloseTo(TERNARY.unit, 2);
  });

  it('is off by half as much when it is corrected', () => {
    for (const log of [-10, -8, -6, -4, -2, 0]) {
      expect(worst(wasm, log, { ...TERNARY, corrected: true }).deviation).toBeLessThan(0.56);
    }
  });

  it.each([
    [2, false, 1.45],
    [2, true, 0.89],
    [3, false, 1.78],
    [3, true, 0.99],
  ])('with %d levels on either side, corrected: %s, is off by about %d', (levels, corrected, expected) => {
    const prior = { ...TERNARY, levels, corrected };
    const deviation = Math.max(...[-10, -8, -6, -4, -3, -2, 0].map((log) => worst(wasm, log, prior).deviation));
    expect(deviation).toBeLessThan(expected + 0.15);
    if (!corrected) expect(deviation).toBeGreaterThan(expected - 0.15);
  });

  it('does not change when weights and levels are scaled together', () => {
    for (const unit of [0.05, 0.2, 0.9]) {
      const log = -5 + 2 * Math.log(unit / 0.2);
      const scaled = divergence(wasm, 0.31 * (unit / 0.2), log, { ...TERNARY, unit });
      expect(scaled).toBeCloseTo(divergence(wasm, 0.31, -5, TERNARY), 4);
    }
  });

  it.each([
    [TERNARY],
    [{ ...TERNARY, corrected: true }],
    [{ ...TERNARY, levels: 2, corrected: true, unit: 0.35, strength: 0.25 }],
  ])('has the gradients that finite differences have: %j', (prior) => {
    const step = 2 ** -7;
    for (const mean of [-0.7, -0.21, -0.1, -0.004, 0.05, 0.14, 0.3, 1.1]) {
      for (const log of [-9, -6, -3, 0]) {
        // Where the function bends within a step, differences say nothing.
        const h = Math.min(step, Math.exp(log / 2) / 8) * 0.5;
        const found = addPrior(wasm, Float32Array.of(mean), Float32Array.of(log), prior);
        const slope = (at: (x: number) => number, around: number) => {
          const [low, high] = [Math.fround(around - h), Math.fround(around + h)];
          return (at(high) - at(low)) / (high - low);
        };
        const { strength } = prior;
        const byMean = slope((x) => divergence(wasm, x, log, prior), Math.fround(mean));
        const byLog = slope((x) => divergence(wasm, mean, x, prior), log);
        const byUnit = slope((x) => divergence(wasm, mean, log, { ...prior, unit: x }), prior.unit);
        const near = (value: number, expected: number, what: string) =>
          expect(Math.abs(value - expected), `${what} at ${mean}, ${log}`).toBeLessThan(
            0.01 + 0.03 * Math.abs(expected),
          );
        near(found.byMean[0] / strength, byMean, 'mean');
        near(found.byLog[0] / strength, byLog, 'log σ²');
        near(found.unitGradient, byUnit, 'unit');
      }
    }
  });

  it('adds to what is there, and draws a certain weight to the level that is near', () => {
    const means = Float32Array.of(0.17, 0.23, 0.05, -0.17);
    const logs = new Float32Array(4).fill(-9);
    const { byMean } = addPrior(wasm, means, logs, TERNARY);
    expect([...byMean].map(Math.sign)).toEqual([-1, 1, 1, 1]);
    const on = addPrior(wasm, means, logs, TERNARY, [3, 5000]);
    const alone = addPrior(wasm, means, logs, TERNARY);
    for (let i = 0; i < 4; i++) {
      expect(on.byMean[i]).toBeCloseTo(3 + byMean[i], 4);
      expect(on.byLog[i]).toBeCloseTo(5000 * Math.exp(-9) + alone.byLog[i], 4);
    }
  });

  it('lets no gradient draw a mean over the border on which it is', () => {
    const border = 0.2231;
    const edge = 0.2 + border * Math.exp(-3);
    const means = Float32Array.of(edge, edge, -edge, -edge, edge - 0.001);
    const logs = new Float32Array(5).fill(-6);
    const variances = new Float32Array(5);
    const prior = { ...TERNARY, strength: 0, border };
    wasm.clipGaussians(means, logs, variances, { logVariances: [-10, 1], outermost: 0.2, border });
    const byMean = Float32Array.of(-1, 1, -1, 1, -1);
    wasm.addQuantizingPrior(means, logs, variances, prior, byMean, new Float32Array(5));
    expect([...byMean]).toEqual([0, 1, -1, 0, -1]);
  });
});
