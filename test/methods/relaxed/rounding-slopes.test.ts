import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/core/index.js';
import { loadKernels } from '../../../src/kernels/index.js';
import { exponential, logarithm } from '../../../src/methods/relaxed/exponential.js';
import { signedGrid, unsignedGrid } from '../../../src/methods/relaxed/integer-grid.js';
import { type Backward, RoundingSlopes } from '../../../src/methods/relaxed/rounding-slopes.js';
import { SlopeTable } from '../../../src/methods/relaxed/slope-table.js';
import { derivative, expected, levelsOf, likeliest, type ReferenceGrid, replaced, shares } from './reference.js';

const RUNS = { seed: 11, numRuns: 300 };

/** Any grid, with masks that fall, and a number on it or a little beyond. */
const cases = fc
  .record({
    bits: fc.integer({ min: 2, max: 5 }),
    signed: fc.boolean(),
    masked: fc.boolean(),
    step: fc.double({ min: 0.05, max: 2, noNaN: true }),
    spread: fc.double({ min: 0.15, max: 1.5, noNaN: true }),
    place: fc.double({ min: -0.1, max: 1.1, noNaN: true }),
    own: fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ bits, signed, masked, step, spread, place, own }) => {
    const { low, high } = signed || masked ? signedGrid(bits) : unsignedGrid(bits);
    let product = 1;
    const masks = masked ? own.slice(0, bits - 2).map((z) => (product *= z)) : [];
    const grid: ReferenceGrid = { low, high, masks };
    return { grid, step, sigma: spread * step, x: step * (low + place * (high - low)) };
  });

function slopesAt(
  { grid, step, sigma, x }: { grid: ReferenceGrid; step: number; sigma: number; x: number },
  backward: Backward,
) {
  const into = { level: 0, byNumber: 0, byStep: 0, bySpread: 0, byMasks: new Float64Array(grid.masks.length) };
  new RoundingSlopes({ ...grid, spread: sigma / step }, backward).at(x / step, into);
  return into;
}

function expectClose(actual: number, exact: number, what: string): void {
  expect(Math.abs(actual - exact), `${what}: ${actual} for ${exact}`).toBeLessThan(2e-5 * Math.max(1, Math.abs(exact)));
}

describe('RoundingSlopes', () => {
  it('takes the level of the largest share, without masks the nearest', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { grid, step, sigma, x } = given;
        const { level } = slopesAt(given, { by: 'chosen', through: 0 });
        const all = shares(x, step, sigma, grid);
        expect(all[level - grid.low]).toBeCloseTo(Math.max(...all), 9);
        if (grid.masks.length === 0) {
          expect(Math.abs(Math.max(grid.low, Math.min(grid.high, x / step)) - level)).toBeLessThan(0.5 + 1e-9);
        }
      }),
      RUNS,
    );
  });

  it('has, for all levels, the derivatives of Σ α n ρ(n), the sum itself counted as the level', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { grid, step, sigma, x } = given;
        const { level, byNumber, byStep, bySpread, byMasks } = slopesAt(given, { by: 'all', through: 0 });
        expectClose(
          byNumber,
          derivative((u) => expected(u, step, sigma, grid), x),
          'x',
        );
        expectClose(
          bySpread,
          derivative((u) => expected(x, step, u, grid), sigma),
          'σ',
        );
        const sum = expected(x, step, sigma, grid) / step;
        expectClose(
          byStep - level + sum,
          derivative((u) => expected(x, u, sigma, grid), step),
          'α',
        );
        grid.masks.forEach((z, c) => {
          const masked = (u: number) => expected(x, step, sigma, { ...grid, masks: replaced(grid.masks, c, u) });
          expectClose(step * byMasks[c], derivative(masked, z), `z(${c + 1})`);
        });
      }),
      RUNS,
    );
  });

  it('has, for the chosen level, those of α n ρ(n) with n fixed, ρ(n) itself counted as 1', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { grid, step, sigma, x } = given;
        const { level, byNumber, byStep, bySpread, byMasks } = slopesAt(given, { by: 'chosen', through: 0 });
        const value = (x: number, step: number, sigma: number, masks = grid.masks) =>
          step * level * shares(x, step, sigma, { ...grid, masks })[level - grid.low];
        expectClose(
          byNumber,
          derivative((u) => value(u, step, sigma), x),
          'x',
        );
        expectClose(
          bySpread,
          derivative((u) => value(x, step, u), sigma),
          'σ',
        );
        const rest = level - value(x, step, sigma) / step;
        expectClose(byStep, derivative((u) => value(x, u, sigma), step) + rest, 'α');
        grid.masks.forEach((z, c) => {
          expectClose(
            step * byMasks[c],
            derivative((u) => value(x, step, sigma, replaced(grid.masks, c, u)), z),
            `z(${c + 1})`,
          );
        });
      }),
      RUNS,
    );
  });

  it('leaves a number at the middle of its cell alone, draws others there, and does nothing at level 0', () => {
    const grid = { low: -4, high: 3, masks: [] };
    const at = (x: number) => slopesAt({ grid, step: 1, sigma: 1 / 3, x }, { by: 'chosen', through: 0 });
    // As worked out by hand for 3 bits, σ = α / 3.
    for (const [x, slope] of [
      [1, 0],
      [1.2, -0.32],
      [1.4, -0.56],
      [1.49, -0.61],
    ]) {
      expect(Math.abs(at(x).byNumber - slope), `${x}`).toBeLessThan(0.006);
    }
    for (const x of [-0.4, 0, 0.3]) expect(Math.abs(at(x).byNumber)).toBe(0);
  });

  it('takes what is left where classes are gone, as far away as a number may be', () => {
    for (const spread of [1 / 16, 1 / 3, 2]) {
      for (const [masks, low, high] of [
        [[1, 0, 0, 0, 0, 0], -4, 3],
        [[0, 0, 0, 0, 0, 0], -1, 1],
        [[1, 1, 1, 1, 1, 0], -64, 63],
      ] as const) {
        const slopes = new RoundingSlopes({ low: -128, high: 127, spread, masks }, { by: 'chosen', through: 0.5 });
        const at = { level: 0, byNumber: 0, byStep: 0, bySpread: 0, byMasks: new Float64Array(6) };
        for (let t = -131; t <= 131; t += 0.37) {
          slopes.at(t, at);
          expect(at.level, `${t}`).toBe(Math.max(low, Math.min(high, Math.floor(t + 0.5))));
          expect([at.byNumber, at.byStep, at.bySpread, ...at.byMasks].every(Number.isFinite), `${t}`).toBe(true);
        }
      }
    }
  });

  it('is the clipped identity where all goes through', () => {
    const grid = { low: 0, high: 3, masks: [] };
    const at = (x: number) => slopesAt({ grid, step: 0.5, sigma: 0.2, x }, { by: 'chosen', through: 1 });
    expect(at(0.7)).toMatchObject({ level: 1, byNumber: 1, byStep: 1 - 0.7 / 0.5 });
    expect(at(9)).toMatchObject({ level: 3, byNumber: 0, byStep: 3 });
    expect(at(-9)).toMatchObject({ level: 0, byNumber: 0, byStep: 0 });
    expect(at(0.7).bySpread).toBeCloseTo(0, 12);
  });
});

describe('SlopeTable', async () => {
  const grid = { low: -8, high: 7, spread: 0.4, masks: [1, 0.6] };
  const step = 0.25;
  const numbers = Float32Array.from({ length: 500 }, (_, i) => step * 6 * new Random(3).fork(i).normal());
  const gradients = numbers.map((_, i) => new Random(4).fork(i).normal());
  const bins = new Uint16Array(numbers.length);
  const targets = new Float32Array(numbers.length);
  const table = new SlopeTable(await loadKernels(), grid, { by: 'chosen', through: 0.5 });
  table.round(numbers, step, bins, targets);

  it('rounds to the levels of its formula', () => {
    numbers.forEach((x, i) => {
      const level = likeliest(x, step, grid.spread * step, grid);
      const all = shares(x, step, grid.spread * step, grid);
      const own = all[Math.round(targets[i] / step) - grid.low];
      // At a border between classes the middle of the bin decides.
      expect(own).toBeGreaterThan(0.8 * all[level - grid.low]);
      expect(targets[i]).toBe(Math.fround(step * Math.round(targets[i] / step)));
    });
  });

  it('sums gradients as the exact slopes do, nearly', () => {
    const moved = new Float32Array(numbers.length);
    const sums = new Float64Array(4);
    table.backward(gradients, bins, step, moved, sums);
    const exact = [0, 0, 0, 0];
    const sizes = [0, 0, 0, 0];
    let distance = 0;
    let length = 0;
    numbers.forEach((x, i) => {
      const at = slopesAt({ grid, step, sigma: grid.spread * step, x }, { by: 'chosen', through: 0.5 });
      const slopes = [at.byStep, at.bySpread, step * at.byMasks[0], step * at.byMasks[1]];
      slopes.forEach((slope, k) => {
        exact[k] += gradients[i] * slope;
        sizes[k] += Math.abs(gradients[i] * slope);
      });
      distance += (moved[i] - gradients[i] * at.byNumber) ** 2;
      length += moved[i] ** 2;
    });
    expect(Math.sqrt(distance / length)).toBeLessThan(0.05);
    exact.forEach((sum, k) => {
      expect(Math.abs(sums[k] - sum), `sum ${k}`).toBeLessThan(0.02 * sizes[k]);
    });
  });

  it('has a border of bins at every border of levels', () => {
    expect(levelsOf(grid).every((level) => Number.isInteger((level + 0.5 - table.start) * table.binsPerStep))).toBe(
      true,
    );
  });
});

describe('exponential and logarithm', () => {
  it('are those of the engine, within 1e-10 of their value', () => {
    fc.assert(
      fc.property(fc.double({ min: -650, max: 650, noNaN: true }), (x) => {
        expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-10);
        const y = Math.exp(x);
        expect(Math.abs(logarithm(y) - Math.log(y))).toBeLessThan(1e-10 * Math.max(1, Math.abs(x)));
      }),
      RUNS,
    );
    expect(exponential(-1e9)).toBe(exponential(-700));
  });
});
