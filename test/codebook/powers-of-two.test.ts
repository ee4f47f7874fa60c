import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approximateByPowers,
  ceilingExponentOf,
  exponentOf,
  powerOfTwo,
  roundToPowerOfTwo,
  symmetric,
} from '../../src/codebook/powers-of-two.js';

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => x !== 0);

describe('powers of two', () => {
  it('lie below and above every number, down to the smallest denormal', () => {
    fc.assert(
      fc.property(fc.oneof(anyDouble, fc.constantFrom(Number.MIN_VALUE, 2 ** -1022, 2 ** -1030, 1, -8)), (x) => {
        const exponent = exponentOf(x);
        expect(2 ** exponent).toBeLessThanOrEqual(Math.abs(x));
        expect(2 ** (exponent + 1)).toBeGreaterThan(Math.abs(x));
        if (exponent < -1022) return;
        const ceiling = ceilingExponentOf(x);
        expect(ceiling - exponent).toBe(2 ** exponent === Math.abs(x) ? 0 : 1);
      }),
      { seed: 1 },
    );
    for (let e = -1022; e <= 1023; e++) expect(powerOfTwo(e)).toBe(2 ** e);
  });

  it('are rounded to in the log domain, with a floor', () => {
    expect([1.41, 1.42, -1.42, 0.001, -0.001, 0].map((x) => roundToPowerOfTwo(x, 2 ** -7))).toEqual([
      1,
      2,
      -2,
      2 ** -7,
      -(2 ** -7),
      0,
    ]);
  });

  it('come closer with every correction, until within delta', () => {
    // 0.7 → 0.5 (log2 0.7 = −0.51 rounds to −1) → + 0.25 → − 0.0625 → + 0.015625
    expect([0, 1, 2, 3].map((order) => approximateByPowers(0.7, order, 0.001, 2 ** -20))).toEqual([
      0.5, 0.75, 0.6875, 0.703125,
    ]);
    expect(approximateByPowers(0.7, 9, 0.1, 2 ** -20)).toBe(0.75);
    expect(approximateByPowers(-0.7, 1, 0.001, 2 ** -20)).toBe(-0.75);
  });

  it('are made symmetric, ascending, distinct and without −0', () => {
    const values = symmetric([0, 1, 1, 0.5, 2 ** -160]);
    expect([...values]).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(Object.is(values[2], 0)).toBe(true);
  });
});
