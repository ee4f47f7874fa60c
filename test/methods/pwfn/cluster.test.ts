import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumsOfPowers } from '../../../src/codebook/powers-of-two.js';
import { isWringError } from '../../../src/core/index.js';
import { clusterPwfn, PWFN_DEFAULTS, PWFN_SCHEDULE } from '../../../src/methods/pwfn/index.js';
import { literalCentroids, literalRound } from './literal-pwfn.js';

/** Weights of the vector worked by hand in the description of the method. */
const WORKED = Float32Array.from([0.001, -0.003, 0.015, 0.016, 0.02, 0.06, 0.13, -0.27, 0.3, 0.11]);

const valuesOf = ({ codebook, codes }: ReturnType<typeof clusterPwfn>) => Array.from(codes, (c) => codebook.values[c]);

describe('candidates of PWFN', () => {
  it.each([
    [0.3, [13, 39, 65, 75]],
    [0.9, [15, 57, 127, 193]],
    [1.0, [15, 59, 129, 199]],
    [1.5, [17, 73, 173, 283]],
    [3.0, [19, 91, 245, 455]],
  ])('are as many as published up to %s', (limit, sizes) => {
    expect([1, 2, 3, 4].map((order) => sumsOfPowers(-7, limit, order)?.length)).toEqual(sizes);
  });

  it('equal those made with logarithms, and are 0 alone for a network of zeros', () => {
    for (const limit of [0, 1e-42, 0.001, 0.0078125, 0.01, 0.5, 0.7, 2, 9.9]) {
      for (const order of [1, 2, 3, 4])
        expect([...sumsOfPowers(-7, limit, order)!]).toEqual(literalCentroids(limit, order, 7));
    }
  });
});

describe('clusterPwfn', () => {
  it('takes the published steps on the worked vector', () => {
    const result = clusterPwfn(WORKED, new Float32Array(10).fill(0.002));
    expect(result.steps.map(({ centroid, order, delta }) => [centroid, order, delta])).toEqual([
      [0, 1, 1],
      [0.015625, 1, 1],
      [0.0234375, 2, 2],
      [0.0625, 2, 2],
      [0.1328125, 2, 2],
      // 2^-2 + 2^-6 + 2^-7: three powers
      [-0.2734375, 3, 2],
      [0.109375, 3, 2],
      [0.296875, 3, 2],
    ]);
    expect(valuesOf(result)).toEqual([
      0, 0, 0.015625, 0.015625, 0.0234375, 0.0625, 0.1328125, -0.2734375, 0.296875, 0.109375,
    ]);
    expect(result.sigmas[2], 'σ of .015 and .016').toBeCloseTo(0.0005, 8);
    expect([...result.sigmas.subarray(4)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  const mean = fc.oneof(
    fc.float({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, -0, 1e-40, -1e-45, 2 ** -7, -(2 ** -7), 0.5, 5),
    fc.integer({ min: -64, max: 64 }).map((i) => i / 128),
    fc.integer({ min: -64, max: 64 }).map((i) => i / 4096),
  );
  const sigma = fc.oneof(
    fc.float({ min: 0, max: Math.fround(0.05), noNaN: true }),
    // Exact: weights on the edge of reach, and equal distances.
    fc.constantFrom(0, 2 ** -30, 2 ** -12, 2 ** -9, 2 ** -8, 2 ** -6),
  );
  const network = fc.array(fc.tuple(mean, sigma), { maxLength: 40 });

  it.each([true, false])('equals the literal matrix form on ties, zeros and denormals, zeroFix %s', (zeroFix) => {
    fc.assert(
      fc.property(network, fc.constantFrom(0.25, 1, 3), (pairs, delta) => {
        const means = Float32Array.from(pairs, ([m]) => m);
        const sigmas = Float32Array.from(pairs, ([, s]) => s);
        const options = { ...PWFN_DEFAULTS, delta, zeroFix };
        const result = clusterPwfn(means, sigmas, options);
        const steps = literalRound([...means], [...sigmas], [...means.keys()], means.length, {
          ...options,
          p: 1,
          middle: false,
        });
        expect(result.steps).toEqual(steps.map(({ members, ...step }) => ({ ...step, taken: members.length })));
        const expected: number[] = [];
        for (const { centroid, members } of steps) for (const i of members) expected[i] = centroid;
        expect(valuesOf(result)).toEqual(expected);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it.each(['strict', 'released'] as const)('equals the literal rounds in sequence, %s', (variant) => {
    const rounds = [0.3, 0.7, 1];
    fc.assert(
      fc.property(network, (pairs) => {
        const mu = pairs.map(([m]) => Math.fround(m));
        const sd = pairs.map(([, s]) => Math.fround(s));
        const options = { ...PWFN_DEFAULTS, delta: 1, deltaEnd: 0.5, rounds, variant };
        const result = clusterPwfn(Float32Array.from(mu), Float32Array.from(sd), options);
        const fixed = new Set<number>();
        rounds.forEach((p, t) => {
          if (variant === 'released') fixed.clear();
          const free = [...mu.keys()].filter((i) => !fixed.has(i));
          const target = Math.ceil(mu.length * p) - fixed.size;
          const delta = 1 - 0.25 * t;
          for (const step of literalRound(mu, sd, free, target, {
            ...options,
            p,
            delta,
            middle: variant === 'released',
          })) {
            for (const i of step.members) {
              fixed.add(i);
              mu[i] = step.centroid;
              sd[i] = step.sigma;
            }
          }
        });
        expect(valuesOf(result)).toEqual(mu);
        expect([...result.sigmas]).toEqual(sd);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('ends on zeros, on outliers and with the published schedule', () => {
    const zeros = new Float32Array(4);
    expect(valuesOf(clusterPwfn(zeros, zeros))).toEqual([0, 0, 0, 0]);
    expect(valuesOf(clusterPwfn(Float32Array.of(100), Float32Array.of(0)))).toEqual([100]);
    const means = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i * 12.9898) ** 3);
    const { codes, codebook } = clusterPwfn(
      means,
      means.map((m) => Math.abs(m) / 64),
      { rounds: PWFN_SCHEDULE },
    );
    expect(codes.every((code) => code < codebook.values.length)).toBe(true);
  });

  it('says which weights make too many candidates', () => {
    expect(() => clusterPwfn(Float32Array.of(1e30, 0.1), Float32Array.of(0, 0))).toThrow(
      /more than 32768.*ignoredScope/,
    );
  });

  it.each([
    [{ delta: 0 }, /delta between/],
    [{ deltaEnd: 1e9 }, /deltaEnd between/],
    [{ increase: 1 }, /increase between/],
    [{ bits: 2.5 }, /bits to be an integer/],
    [{ maxOrder: 0 }, /maxOrder to be an integer/],
    [{ rounds: [1, 0.5] }, /rounds/],
    [{ variant: '' as 'strict' }, /strict or released/],
  ])('refuses %j', (options, message) => {
    const attempt = () => clusterPwfn(new Float32Array(1), new Float32Array(1), options);
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect(isWringError(error, 'E_OPTION')).toBe(true);
    }
  });
});
