import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../src/kernels/index.js';
import { levelOdds } from '../../../src/methods/relaxed/level-odds.js';
import { shares } from './reference.js';

const COUNT = 60_000;
const GRID = { low: -4, high: 3 };
const kernels = await loadKernels();

interface Options {
  readonly temperature: number;
  readonly hard: boolean;
  readonly reach: number;
}

/** Many draws of one number. */
function draw(x: number, step: number, spread: number, options: Partial<Options> = {}, seed = 7) {
  const { hard, ...others } = { temperature: 1, hard: true, reach: 8, ...options };
  const [targets, byNumber, byStep, bySpread] = [0, 1, 2, 3].map(() => new Float32Array(COUNT));
  const numbers = new Float32Array(COUNT).fill(x);
  const odds = levelOdds(spread, others);
  kernels.drawLevels(numbers, { ...GRID, step, spread }, odds, hard, seed, targets, { byNumber, byStep, bySpread });
  const mean = (all: Float32Array) => all.reduce((sum, number) => sum + number, 0) / all.length;
  const slopes = { byNumber: mean(byNumber), byStep: mean(byStep), bySpread: mean(bySpread) };
  return { targets, mean: mean(targets), ...slopes };
}

describe('levelOdds', () => {
  // Places in the middle of bins of 1/64.
  it.each([0.3671875, -1.4453125, 2.9921875, -3.8828125])(
    'draws levels near %s steps as often as noise would take it there',
    (t) => {
      const step = 0.2;
      const { targets } = draw(t * step, step, 0.4);
      const exact = shares(t * step, step, 0.4 * step, { ...GRID, masks: [] });
      const counts = exact.map((_, i) => targets.filter((target) => Math.round(target / step) === GRID.low + i).length);
      counts.forEach((count, i) => {
        expect(count / COUNT, `level ${GRID.low + i}`).toBeCloseTo(exact[i], 1.9);
      });
      expect(counts.reduce((a, b) => a + b)).toBe(COUNT);
    },
  );

  it('stays within the reach of the nearest level, and on the grid', () => {
    const levels = (t: number, reach: number) => [...new Set(draw(t, 1, 1, { reach }).targets)].sort((a, b) => a - b);
    expect(levels(0.1, 0)).toEqual([-1, 0, 1]);
    expect(levels(0.1, 2)).toEqual([-2, -1, 0, 1, 2]);
    expect(levels(9, 2)).toEqual([1, 2, 3]);
  });

  it.each([
    [0.5, 1],
    [1, 1],
    [1, 0.3],
    [2, 0.7],
  ])('has the derivatives of the mean of what might have been, at λ = %s, α = %s', (temperature, step) => {
    const soft = { temperature, hard: false };
    // The same levels are within reach at all spreads below, so the same draws belong to them.
    const [t, s] = [0.4 + 1 / 128, 0.55];
    const at = (x: number, a: number, sigma: number) => draw(x, a, sigma / a, soft).mean;
    const [x, sigma] = [t * step, s * step];
    const { byNumber, byStep, bySpread } = draw(x, step, s, soft);
    const h = step / 16;
    expect(byNumber).toBeCloseTo((at(x + h, step, sigma) - at(x - h, step, sigma)) / (2 * h), 1.5);
    expect(bySpread).toBeCloseTo((at(x, step, sigma + h / 4) - at(x, step, sigma - h / 4)) / (h / 2), 1.5);
    // By way of another number in another place: α moves bins as well as levels.
    const moved = (factor: number) => at(x, step * factor, sigma);
    expect(byStep).toBeCloseTo((moved(1.08) - moved(0.92)) / (0.16 * step), 0.8);
  });

  it.each([0.1, 10])('gives numbers at λ = %s, on the grid and beyond it', (temperature) => {
    for (const [t, spread] of [
      [0.49, 1 / 16],
      [9, 1 / 16],
      [-0.2, 2],
      [-9, 2],
    ]) {
      const { targets, byNumber, byStep, bySpread } = draw(t, 1, spread, { temperature, hard: false, reach: 3 });
      expect(targets.every((target) => target > GRID.low - 1e-6 && target < GRID.high + 1e-6)).toBe(true);
      expect([byNumber, byStep, bySpread].every(Number.isFinite)).toBe(true);
    }
  });

  it('draws anew for each seed, each number by itself, and the same again', () => {
    const of = (seed: number) => draw(0.5, 1, 0.5, {}, seed).targets;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    const changes = of(1).reduce((count, target, i, all) => count + Number(i > 0 && target !== all[i - 1]), 0);
    expect(changes).toBeGreaterThan(COUNT / 4);
  });
});
