import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/core/index.js';
import { afterFeedback } from '../../../src/methods/path/after-feedback.js';
import type { LayerMoments } from '../../../src/posterior/index.js';
import { normalTensor } from '../../helpers/build.js';

/** Two inputs of correlation r, in each of `groups` groups. */
function momentsOf(r: number, groups = 1): LayerMoments {
  const second = Float32Array.from({ length: groups * 4 }, (_, i) => ([0, 3].includes(i % 4) ? 5 : 5 * r));
  const mean = new Float32Array(2 * groups);
  return { groups, rows: groups, columns: 2, rowStride: 2, columnStride: 1, second, mean, bias: null };
}

describe('afterFeedback', () => {
  const [alone, together, unknown] = ['a', 'b', 'c'].map((name, i) => normalTensor(name, [1, 2 ** i], i));
  const shareOf = (tensor: Tensor) => ({ tensor, elementCount: tensor.elementCount, sensitivity: 3, spread: 1 });
  const shares = [alone, together, unknown].map(shareOf);
  const moments = new Map([
    [alone, momentsOf(0)],
    [together, momentsOf(0.8, 2)],
  ]);
  const found = afterFeedback(shares, moments, 1e-9).map(({ sensitivity }) => sensitivity);

  it('takes off what the last column makes up for of the first', () => {
    // Of the first column 1 − r² is left, of the last one all.
    expect(found[1] / found[0]).toBeCloseTo((1 - 0.8 ** 2 + 1) / 2, 6);
    expect(found[2]).toBeCloseTo(found[0], 7);
  });

  it('leaves the mean over weights of the logarithm, and so the bits', () => {
    const mean = shares.reduce((sum, { elementCount }, i) => sum + elementCount * Math.log(found[i] / 3), 0);
    expect(mean).toBeCloseTo(0, 9);
  });
});
