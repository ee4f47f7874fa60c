import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWringError } from '../../../src/core/index.js';
import { fixWfnRound } from '../../../src/methods/wfn/fix-round.js';
import { clusterWfn, WFN_SCHEDULE } from '../../../src/methods/wfn/index.js';
import { proposeCentroids, proposeMagnitudes } from '../../../src/methods/wfn/proposals.js';
import { literalCentroids, literalRound } from './literal-wfn.js';

const GAMMA0 = 1 / 128;
/** Weights of the vector worked by hand in the description of the method. */
const WORKED = [0.001, -0.003, 0.015, 0.016, 0.02, 0.06, 0.13, -0.27, 0.3, 0.11];

/** One round of p = 1 by the literal reference. */
function literal(weights: Float32Array, delta: number, asReleased: boolean) {
  const w = [...weights];
  return literalRound(w, [...w.keys()], delta, GAMMA0, w.length, asReleased);
}

const valuesOf = ({ codebook, codes }: ReturnType<typeof clusterWfn>) => Array.from(codes, (c) => codebook.values[c]);

describe('proposals of WFN', () => {
  it.each([
    [0.1, 25],
    [0.075, 33],
    [0.05, 49],
    [0.02, 122],
    [0.01, 243],
  ])('are a grid of the published size for delta %s', (delta, size) => {
    expect(proposeMagnitudes(1, delta, GAMMA0)).toHaveLength(size);
  });

  it.each([
    [0.1, [17, 51, 51, 51]],
    [0.05, [17, 81, 99, 99]],
    [0.01, [17, 119, 337, 441]],
  ])('round to the published number of centroids for delta %s', (delta, sizes) => {
    const grid = proposeMagnitudes(1, delta, GAMMA0);
    expect([0, 1, 2, 3].map((order) => proposeCentroids(grid, order, delta, GAMMA0).length)).toEqual(sizes);
  });

  it('are the published values for delta 0.1 and order 1', () => {
    const positive = [...proposeCentroids(proposeMagnitudes(1, 0.1, GAMMA0), 1, 0.1, GAMMA0)].filter((c) => c >= 0);
    const published = [
      0, 0.0078125, 0.00976562, 0.01171875, 0.015625, 0.01757812, 0.0234375, 0.02734375, 0.03125, 0.0390625, 0.046875,
      0.0625, 0.0703125, 0.09375, 0.109375, 0.125, 0.15625, 0.1875, 0.25, 0.28125, 0.375, 0.4375, 0.5, 0.625, 0.75, 1,
    ];
    // The list is printed with eight decimals.
    expect(positive).toHaveLength(published.length);
    published.forEach((value, i) => {
      expect(positive[i]).toBeCloseTo(value, 7);
    });
  });

  it('equal those made with logarithms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 300, noNaN: true }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0.3, 0.1, 0.02),
        (limit, order, delta) => {
          const grid = proposeMagnitudes(limit, delta, GAMMA0);
          expect([...proposeCentroids(grid, order, delta, GAMMA0)]).toEqual(
            literalCentroids(limit, order, delta, GAMMA0),
          );
        },
      ),
      { seed: 1 },
    );
  });
});

describe('clusterWfn', () => {
  it('takes the published steps on the worked vector, as released', () => {
    const weights = Float32Array.from(WORKED);
    const result = clusterWfn(weights, { delta: 0.1, variant: 'released' });
    expect(result.steps).toEqual([
      { centroid: 0.015625, order: 0, taken: 3 },
      { centroid: 0, order: 0, taken: 2 },
      { centroid: 0.125, order: 0, taken: 2 },
      { centroid: -0.25, order: 0, taken: 1 },
      { centroid: 0.0625, order: 0, taken: 1 },
      { centroid: 0.25, order: 0, taken: 0 },
      { centroid: 0.28125, order: 1, taken: 1 },
    ]);
    expect(valuesOf(result)).toEqual([0, 0, 0.015625, 0.015625, 0.015625, 0.0625, 0.125, -0.25, 0.28125, 0.125]);
    expect([...result.codebook.values]).toEqual([-0.25, 0, 0.015625, 0.0625, 0.125, 0.28125]);
  });

  const smooth = fc.float({ min: -2, max: 2, noNaN: true });
  const awkward = fc.oneof(
    smooth,
    fc.constantFrom(0, -0, 1e-40, -1e-45, GAMMA0, -GAMMA0, 0.5, -0.5, 0.75, 2 ** -149, 100),
    // A coarse grid: equal weights, and equal distances on both sides of a centroid.
    fc.integer({ min: -24, max: 24 }).map((i) => i / 16),
    fc.integer({ min: -8, max: 8 }).map((i) => i / 512),
  );

  it.each(['strict', 'released'] as const)('equals the literal matrix form, %s', (variant) => {
    fc.assert(
      fc.property(
        fc.array(awkward, { maxLength: 60 }),
        fc.constantFrom(0.01, 0.05, 0.1, 0.25, 0.5, 0.9),
        (values, delta) => {
          const weights = Float32Array.from(values);
          const result = clusterWfn(weights, { delta, variant });
          const steps = literal(weights, delta, variant === 'released');
          expect(result.steps).toEqual(
            steps.map(({ centroid, order, members }) => ({ centroid, order, taken: members.length })),
          );
          const expected: number[] = [];
          for (const { centroid, members } of steps) for (const i of members) expected[i] = centroid;
          expect(valuesOf(result)).toEqual(expected);
        },
      ),
      { seed: 2, numRuns: 600 },
    );
  });

  it.each(['strict', 'released'] as const)('equals the literal rounds in sequence, %s', (variant) => {
    const rounds = [0.3, 0.8, 1];
    fc.assert(
      fc.property(fc.array(awkward, { maxLength: 40 }), fc.constantFrom(0.02, 0.1), (values, delta) => {
        const w = Array.from(Float32Array.from(values));
        const fixed = new Set<number>();
        rounds.forEach((share, t) => {
          if (variant === 'released') fixed.clear();
          const free = [...w.keys()].filter((i) => !fixed.has(i));
          const target = Math.floor(w.length * share) - fixed.size;
          for (const { centroid, members } of literalRound(
            w,
            free,
            delta * (3 - t),
            GAMMA0,
            target,
            variant === 'released',
          )) {
            for (const i of members) {
              fixed.add(i);
              w[i] = centroid;
            }
          }
        });
        expect(valuesOf(clusterWfn(Float32Array.from(values), { delta, rounds, variant }))).toEqual(w);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('takes nobody further than twice the tolerance, however many lie on the centroid', () => {
    // The mean over a thousand such would let 0.7 and −0.7 come, too.
    const weights = Float32Array.from([...new Array(1000).fill(0.2501), 0.7, -0.7]);
    const kept = (variant: 'strict' | 'released') =>
      Math.min(...valuesOf(clusterWfn(weights, { delta: 0.1, variant })).map((value, i) => value / weights[i]));
    expect(kept('strict')).toBeGreaterThan(0.8);
    expect(kept('released')).toBeLessThan(0);
  });

  it('sends what is small to 0, where the released code in the end takes all that is left to one small value', () => {
    // Absolutely nearest to γ0, and yet far from it: no tolerance takes them that leaves the large ones alone.
    const weights = Float32Array.from([...new Array(20).fill(0.6 * GAMMA0), 0.88, -0.71]);
    const moved = (variant: 'strict' | 'released') =>
      valuesOf(clusterWfn(weights, { delta: 0.0075, variant })).map((value, i) => Math.abs(value - weights[i]));
    expect(Math.max(...moved('strict'))).toBeLessThan(0.02);
    expect(Math.max(...moved('released'))).toBeGreaterThan(0.7);
  });

  it('sets the smallest weights to 0 where a round has no room for all, on both sides alike', () => {
    const weights = Float32Array.from({ length: 200 }, (_, i) => ((i - 99.5) / 200) * GAMMA0);
    const zerosOf = (variant: 'strict' | 'released') => {
      const numbers = weights.slice();
      const fixed = new Uint8Array(weights.length);
      fixWfnRound(numbers, fixed, {
        share: 0.3,
        delta: 0.0075,
        zeroThreshold: GAMMA0,
        asReleased: variant === 'released',
      });
      return [...fixed.keys()].filter((i) => fixed[i] === 1);
    };
    expect(zerosOf('strict')).toEqual(Array.from({ length: 60 }, (_, i) => 70 + i));
    expect(Math.max(...zerosOf('released'))).toBeLessThan(100);
  });

  it('gives every weight a value, ascending and distinct, whatever the schedule', () => {
    const weights = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i * 12.9898) ** 3);
    for (const rounds of [[1], WFN_SCHEDULE]) {
      const { codebook, codes } = clusterWfn(weights, { delta: 0.02, rounds });
      expect(codes.every((code) => code < codebook.values.length)).toBe(true);
      expect(codebook.values.every((v, k) => k === 0 || v > codebook.values[k - 1])).toBe(true);
      expect(new Set(codes).size).toBe(codebook.values.length);
    }
  });

  it('moves the weights of a step by at most delta on average when no tolerance was doubled', () => {
    const weights = Float32Array.from({ length: 5000 }, (_, i) => 0.3 * Math.sin(i * 78.233) ** 5);
    const result = clusterWfn(weights, { delta: 0.05 });
    const values = valuesOf(result);
    const moves = Array.from(weights, (w, i) => [values[i], Math.abs(w - values[i]) / Math.abs(w)]).filter(
      ([c]) => c !== 0,
    );
    const mean = moves.reduce((sum, [, d]) => sum + d, 0) / moves.length;
    expect(mean).toBeLessThanOrEqual(0.05);
  });

  it('takes an empty and an all-zero network', () => {
    expect(clusterWfn(new Float32Array(0)).codebook.values).toHaveLength(0);
    expect(valuesOf(clusterWfn(new Float32Array(5)))).toEqual([0, 0, 0, 0, 0]);
  });

  it('does not change its input', () => {
    const weights = Float32Array.from(WORKED);
    clusterWfn(weights, { rounds: WFN_SCHEDULE, delta: 0.05 });
    expect([...weights]).toEqual([...Float32Array.from(WORKED)]);
  });

  it.each([
    [{ delta: 0 }, /delta between/],
    [{ delta: 1 }, /delta between/],
    [{ delta: Number.NaN }, /delta between/],
    [{ zeroThreshold: -1 }, /zeroThreshold between/],
    [{ rounds: [] }, /rounds/],
    [{ rounds: [0.5] }, /rounds/],
    [{ rounds: [0.5, 0.5, 1] }, /rounds/],
    [{ variant: 'loose' as 'strict' }, /strict or released/],
  ])('refuses %j', (options, message) => {
    const attempt = () => clusterWfn(new Float32Array(1), options);
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect(isWringError(error, 'E_OPTION')).toBe(true);
    }
  });
});
