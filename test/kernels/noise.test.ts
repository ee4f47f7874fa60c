import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { bothKernels, expectSameBits, finiteFloat, floats, normals, RUNS, repeated } from './support.js';

const [reference, wasm] = await bothKernels();

function draw(kernels: typeof wasm, means: Float32Array, spreads: Float32Array, seed: number) {
  const [noises, targets] = [new Float32Array(means.length), new Float32Array(means.length)];
  kernels.perturb(means, spreads, seed, noises, targets);
  return { noises, targets };
}

describe.each([reference, wasm])('perturb ($name)', (kernels) => {
  const n = 200_000;

  it('draws noise of mean 0 and variance 1 with the fourth moment of eight uniforms', () => {
    const { noises } = draw(kernels, new Float32Array(n), new Float32Array(n), 7);
    const moment = (power: number) => noises.reduce((sum, x) => sum + x ** power, 0) / n;
    expect(moment(1)).toBeCloseTo(0, 1.9);
    expect(moment(2)).toBeCloseTo(1, 1.9);
    // Irwin–Hall: kurtosis 3 − 6 / (5 n).
    expect(moment(4)).toBeCloseTo(3 - 1.2 / 8, 1.3);
    expect(noises.every((x) => Math.abs(x) < 4.9)).toBe(true);
  });

  it('draws anew for each seed, and neighbours do not follow each other', () => {
    const one = draw(kernels, new Float32Array(n), new Float32Array(n), 1).noises;
    const other = draw(kernels, new Float32Array(n), new Float32Array(n), 2).noises;
    const correlation = (lag: number, b: Float32Array) =>
      one.subarray(0, n - lag).reduce((sum, x, i) => sum + x * b[i + lag], 0) / n;
    for (const lag of [1, 2, 3, 16, 576]) expect(Math.abs(correlation(lag, one)), `lag ${lag}`).toBeLessThan(0.012);
    expect(Math.abs(correlation(0, other))).toBeLessThan(0.012);
  });

  it('adds it to the mean, in spreads of at least 2^-30', () => {
    const means = Float32Array.of(1, -2, 0, 0);
    const spreads = Float32Array.of(0.5, 0.25, -1, 0);
    const { noises, targets } = draw(kernels, means, spreads, 3);
    expect(targets[0]).toBeCloseTo(1 + 0.5 * noises[0], 6);
    expect(targets[1]).toBeCloseTo(-2 + 0.25 * noises[1], 6);
    expect([targets[2], targets[3]]).toEqual([2 ** -30 * noises[2], 2 ** -30 * noises[3]]);
  });
});

describe('perturb', () => {
  it('gives the same bits in both, at any length and any place of a block', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 5, 64, 4099, 70_001), fc.nat(), (length, seed) => {
        const means = normals(seed, length);
        const spreads = normals(seed + 1, length, 0.1);
        const [a, b] = [reference, wasm].map((kernels) => draw(kernels, means, spreads, seed >>> 0));
        expectSameBits(b.noises, a.noises);
        expectSameBits(b.targets, a.targets);
      }),
      { ...RUNS, numRuns: 20 },
    );
  });
});

describe.each([reference, wasm])('spreadGradients ($name)', (kernels) => {
  it('is the derivative of loss and pull together', () => {
    // loss = Σ g · (m + s · e), pull/2 · Σ |e| · max(0, limit − s)²
    const random = new Random(4);
    const [pull, limit, step] = [0.25, 0.05, 1e-4];
    for (let i = 0; i < 50; i++) {
      const [g, s, e] = [random.normal(), 0.1 * random.uniform(), random.normal()];
      const value = (spread: number) => g * spread * e + (pull / 2) * Math.abs(e) * Math.max(0, limit - spread) ** 2;
      const target = new Float32Array(1);
      kernels.spreadGradients(Float32Array.of(g), Float32Array.of(s), Float32Array.of(e), pull, limit, target);
      expect(target[0]).toBeCloseTo((value(s + step) - value(s - step)) / (2 * step), 4);
    }
  });

  it('leaves the pull alone where the spread is clamped', () => {
    const target = new Float32Array(2);
    kernels.spreadGradients(Float32Array.of(9, 9), Float32Array.of(-1, 0), Float32Array.of(2, -2), 0.5, 1, target);
    expect([...target]).toEqual([-2, -1]);
  });
});

describe('spreadGradients', () => {
  it('gives the same bits in both', () => {
    fc.assert(
      fc.property(floats(20, finiteFloat), fc.constantFrom(3, 64, 70_001), (values, length) => {
        const input = repeated(
          values.map((x) => (Math.abs(x) > 1e18 ? 1 : x)),
          length,
        );
        const noises = normals(1, length);
        const spreads = input.map((x, i) => (i % 3 ? x : noises[i]));
        const [a, b] = [reference, wasm].map((kernels) => {
          const target = new Float32Array(length);
          kernels.spreadGradients(input, spreads, noises, 2 ** -11, 0.05, target);
          return target.map((x) => x + 0);
        });
        expectSameBits(b, a);
      }),
      { ...RUNS, numRuns: 30 },
    );
  });
});

describe.each([reference, wasm])('drawNormals, drawUniforms ($name)', (kernels) => {
  it('draw the noise of perturb, and what is uniform between 0 and 1', () => {
    const n = 100_000;
    const [normals, uniforms] = [new Float32Array(n), new Float32Array(n)];
    kernels.drawNormals(7, normals);
    expectSameBits(normals, draw(kernels, new Float32Array(n), new Float32Array(n), 7).noises);
    kernels.drawUniforms(7, uniforms);
    const sorted = uniforms.slice().sort();
    expect(sorted[0]).toBeGreaterThan(0);
    expect(sorted[n - 1]).toBeLessThan(1);
    // Kolmogorov–Smirnov: 1.95 / √n is exceeded once in a thousand seeds.
    const distance = sorted.reduce((most, x, i) => Math.max(most, Math.abs(x - (i + 0.5) / n)), 0);
    expect(distance).toBeLessThan(1.95 / Math.sqrt(n));
  });
});

describe('drawNormals, drawUniforms', () => {
  it('give the same bits in both, at any length and any place of a block', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 5, 64, 4099, 70_001), fc.nat(), (length, seed) => {
        for (const name of ['drawNormals', 'drawUniforms'] as const) {
          const [a, b] = [reference, wasm].map((kernels) => {
            const targets = new Float32Array(length);
            kernels[name](seed >>> 0, targets);
            return targets;
          });
          expectSameBits(b, a, name);
        }
      }),
      { ...RUNS, numRuns: 20 },
    );
  });
});
