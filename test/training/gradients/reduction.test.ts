import { describe, it } from 'vitest';
import type { Random } from '../../../src/core/index.js';
import { int64Tensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample, type Sample } from '../oracle/check.js';

const positive = (random: Random) => 0.3 + random.uniform();
const axes = (...values: number[]) => int64Tensor('', [values.length], values);

describe('gradients of reductions', () => {
  it.each([
    'ReduceSum',
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceProd',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSum',
    'ReduceLogSumExp',
  ])('%s', async (opType) => {
    const more: Partial<Sample> = opType === 'ReduceLogSum' ? { draw: positive } : {};
    await checkSample({ opType, inputs: [[2, 3, 4]], ...more }, 1);
    await checkSample({ opType, inputs: [[2, 3, 4], axes(1)], ...more }, 2);
    await checkSample(
      { opType, attributes: attributesOf({ keepdims: 0 }), inputs: [[2, 3, 4], axes(0, -1)], ...more },
      3,
    );
    await checkSample(
      { opType, attributes: attributesOf({ keepdims: 0 }), inputs: [[2, 3, 4], axes(0, 2)], free: [0], ...more },
      4,
    );
    const older = attributesOf({ axes: [-1], keepdims: 0 });
    await checkSample({ opType, attributes: older, inputs: [[2, 3, 4]], opset: 11, free: [0], ...more }, 5);
  });

  it('over nothing where it is told so', async () => {
    await checkSample(
      { opType: 'ReduceSum', attributes: attributesOf({ noop_with_empty_axes: 1 }), inputs: [[2, 3]] },
      1,
    );
  });
});
