import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestSum } from '../../../src/codebook/powers-of-two.js';
import { Random } from '../../../src/core/index.js';
import { bitsOfLevels } from '../../../src/methods/rate/level-bits.js';
import { LevelThresholds } from '../../../src/methods/rate/level-thresholds.js';

describe('LevelThresholds', () => {
  it('chooses as a search of all levels does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.array(fc.float({ min: -14, max: 14, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (bits, lambda, numbers) => {
          const table = Float32Array.from(bits);
          const thresholds = new LevelThresholds(table.length - 1);
          thresholds.set(table, lambda);
          const levels = new Int16Array(numbers.length);
          const given = Float32Array.from(numbers);
          thresholds.choose(given, new Uint8Array(numbers.length).fill(1), levels);
          const cost = (u: number, level: number) => (Math.abs(u) - level) ** 2 + lambda * table[level];
          given.forEach((u, i) => {
            const least = Math.min(...bits.map((_, level) => cost(u, level)));
            expect(cost(u, Math.abs(levels[i]))).toBeCloseTo(least, 8);
            expect(levels[i] * u).toBeGreaterThanOrEqual(0);
          });
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it('leaves what is fixed', () => {
    const thresholds = new LevelThresholds(3);
    thresholds.set(Float32Array.of(0, 50, 50, 50), 1);
    const levels = new Int16Array(2);
    thresholds.choose(Float32Array.of(-2, -2), Uint8Array.of(0, 1), levels);
    expect([...levels]).toEqual([-2, 0]);
  });
});

describe('bitsOfLevels', () => {
  it('is the entropy of signed levels, nearly', () => {
    const counts = Uint32Array.of(4000, 2000, 1000, 0);
    const bits = new Float32Array(4);
    const total = bitsOfLevels(counts, bits);
    const exact = [4 / 7, 2 / 7, 1 / 7].map((p, level) => -Math.log2(p) + (level ? 1 : 0));
    exact.forEach((value, level) => {
      expect(bits[level]).toBeCloseTo(value, 2);
    });
    expect(total / 7000).toBeCloseTo((4 * exact[0] + 2 * exact[1] + exact[2]) / 7, 2);
    expect(bits[3]).toBeGreaterThan(15);
    expect(bits[3]).toBeLessThan(20);
  });
});

describe('nearestSum', () => {
  it('is the nearest of 2^k and 1.5 · 2^k by ratio', () => {
    const random = new Random(1);
    const sums = Array.from({ length: 80 }, (_, i) => (i % 2 ? 1.5 : 1) * 2 ** (Math.floor(i / 2) - 20));
    for (let i = 0; i < 300; i++) {
      const step = 2 ** (20 * random.uniform() - 12);
      const distance = (sum: number) => Math.abs(Math.log(sum / step));
      const best = sums.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      expect(distance(nearestSum(step))).toBeCloseTo(distance(best), 12);
    }
  });
});
