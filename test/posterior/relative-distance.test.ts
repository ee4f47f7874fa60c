import { expect, it } from 'vitest';
import { relativeDistance } from '../../src/posterior/relative-distance.js';

it.each([
  [2, 1, 0.5],
  [-2, 1, 1.5],
  [0.001, 0, 0],
  [-0.001, 0, 0],
  [0.01, 0, 1],
  [0, 0, 0],
  [0, 1, Number.POSITIVE_INFINITY],
])('moving %s to %s costs %s', (weight, centroid, distance) => {
  expect(relativeDistance(weight, centroid, 2 ** -7)).toBe(distance);
});
