import { expect, it } from 'vitest';
import { wilsonInterval } from '../../src/evaluation/index.js';

// Newcombe 1998, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I, method 3.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('is that of the published table for %i of %i', (hits, count, low, high) => {
  const [a, b] = wilsonInterval(hits, count);
  expect(a).toBeCloseTo(low, 4);
  expect(b).toBeCloseTo(high, 4);
});

it('stays within 0 and 1, and is symmetric', () => {
  expect(wilsonInterval(0, 7)[0]).toBe(0);
  expect(wilsonInterval(7, 7)[1]).toBe(1);
  expect(wilsonInterval(2, 7)[0]).toBeCloseTo(1 - wilsonInterval(5, 7)[1], 12);
});
