import { describe, it } from 'vitest';
import { DataType, Tensor } from '../../../src/core/index.js';
import { int64Tensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample } from '../oracle/check.js';

const list = (...values: number[]) => int64Tensor('', [values.length], values);

describe('gradients of layout', () => {
  it('Reshape, Flatten, Squeeze, Unsqueeze', async () => {
    await checkSample({ opType: 'Reshape', inputs: [[2, 3, 4], list(4, -1)] }, 1);
    await checkSample({ opType: 'Reshape', inputs: [[2, 3, 4], list(0, -1)], free: [0] }, 2);
    await checkSample({ opType: 'Reshape', inputs: [[2, 3, 4], list(0, 0, 2, 2)], free: [0, 1] }, 3);
    await checkSample({ opType: 'Flatten', inputs: [[2, 3, 4]], free: [0] }, 4);
    await checkSample({ opType: 'Squeeze', inputs: [[2, 1, 4], list(1)], free: [0] }, 5);
    await checkSample({ opType: 'Squeeze', inputs: [[2, 1, 4]] }, 6);
    await checkSample({ opType: 'Unsqueeze', inputs: [[2, 4], list(0, 2)], free: [0] }, 7);
  });

  it('Transpose by any order', async () => {
    await checkSample({ opType: 'Transpose', inputs: [[2, 3, 4]] }, 1);
    for (const perm of [
      [1, 2, 0],
      [2, 0, 1],
      [0, 2, 1],
    ]) {
      await checkSample({ opType: 'Transpose', attributes: attributesOf({ perm }), inputs: [[2, 3, 4]], free: [0] }, 2);
    }
  });

  it('Expand and Tile', async () => {
    await checkSample({ opType: 'Expand', inputs: [[3, 1], list(2, 3, 4)] }, 1);
    await checkSample({ opType: 'Expand', inputs: [[3, 1], list(1, 4)], free: [0] }, 2);
    await checkSample({ opType: 'Tile', inputs: [[2, 3], list(2, 3)] }, 3);
    await checkSample({ opType: 'Tile', inputs: [[2, 3], list(1, 3)], free: [0] }, 4);
  });

  it('Concat and Split', async () => {
    const axis = attributesOf({ axis: 1 });
    await checkSample(
      {
        opType: 'Concat',
        attributes: axis,
        inputs: [
          [2, 3],
          [2, 1],
          [2, 2],
        ],
      },
      1,
    );
    await checkSample(
      {
        opType: 'Concat',
        attributes: attributesOf({ axis: -1 }),
        inputs: [
          [2, 3],
          [2, 2],
        ],
      },
      2,
    );
    await checkSample(
      {
        opType: 'Concat',
        attributes: attributesOf({ axis: 0 }),
        inputs: [
          [2, 3],
          [4, 3],
        ],
        free: [0],
      },
      3,
    );
    await checkSample({ opType: 'Split', attributes: axis, inputs: [[2, 6], list(1, 3, 2)], outputs: 3 }, 4);
    await checkSample(
      {
        opType: 'Split',
        attributes: attributesOf({ axis: 1, num_outputs: 2 }),
        inputs: [[2, 5]],
        outputs: 2,
        free: [0],
      },
      5,
    );
    await checkSample(
      {
        opType: 'Split',
        attributes: attributesOf({ axis: 1, split: [4, 1] }),
        inputs: [[2, 5]],
        outputs: 2,
        opset: 11,
      },
      6,
    );
    await checkSample(
      { opType: 'Split', attributes: attributesOf({ axis: 1 }), inputs: [[2, 6]], outputs: 3, opset: 13 },
      7,
    );
  });

  it('DepthToSpace and SpaceToDepth', async () => {
    for (const mode of ['DCR', 'CRD']) {
      const attributes = attributesOf({ blocksize: 2, mode });
      await checkSample({ opType: 'DepthToSpace', attributes, inputs: [[2, 8, 2, 3]], free: [0] }, 1);
    }
    await checkSample(
      { opType: 'SpaceToDepth', attributes: attributesOf({ blocksize: 2 }), inputs: [[2, 2, 4, 6]] },
      2,
    );
  });

  it('Where chooses, and passes to what it chose', async () => {
    const condition = new Tensor('', DataType.BOOL, [2, 3], Uint8Array.of(1, 0, 0, 1, 1, 0));
    await checkSample({ opType: 'Where', inputs: [condition, [2, 3], [2, 3]] }, 1);
    await checkSample({ opType: 'Where', inputs: [condition, [3], [4, 1, 1]] }, 2);
  });
});

describe('gradients of indexing', () => {
  it('Gather along any axis, with indices that repeat or count from the end', async () => {
    for (const axis of [0, 1, 2]) {
      const indices = int64Tensor('', [2, 2], [1, 0, 1, -1]);
      await checkSample({ opType: 'Gather', attributes: attributesOf({ axis }), inputs: [[3, 2, 4], indices] }, axis);
    }
    await checkSample(
      {
        opType: 'Gather',
        attributes: attributesOf({ axis: 1 }),
        inputs: [[2, 3, 4], int64Tensor('', [], [2])],
        free: [0],
      },
      5,
    );
    await checkSample({ opType: 'Gather', inputs: [[4, 3], list(1, 1, 2)] }, 6);
    await checkSample({ opType: 'Gather', inputs: [[4, 3], list(-3, 2)] }, 7);
    await checkSample(
      { opType: 'Gather', attributes: attributesOf({ axis: 1 }), inputs: [[2, 4, 3], list(1, 2, 3)], free: [0, 2] },
      8,
    );
  });

  it('GatherElements', async () => {
    const indices = int64Tensor('', [2, 2], [0, 0, 2, 1]);
    await checkSample(
      { opType: 'GatherElements', attributes: attributesOf({ axis: 1 }), inputs: [[2, 3], indices] },
      1,
    );
  });

  it('Slice with any steps', async () => {
    const slice = (dims: number[], ...bounds: number[][]) => ({
      opType: 'Slice',
      inputs: [dims, ...bounds.map((b) => list(...b))],
    });
    await checkSample(slice([4, 5], [1], [3]), 1);
    await checkSample(slice([4, 5], [1, -3], [100, -1], [0, 1]), 2);
    await checkSample(slice([4, 5], [0], [5], [1], [2]), 3);
    await checkSample(slice([4, 5], [-1, 3], [-100, 0], [1, 0], [-1, -2]), 4);
    await checkSample({ ...slice([3, 6], [2], [5], [1]), free: [0] }, 5);
    await checkSample({ ...slice([3, 6], [1], [4], [1]), free: [0, 1] }, 6);
    // Pictures, of which numbers are skipped: zeros between, behind and around.
    for (const [starts, stops] of [
      [
        [0, 0],
        [6, 7],
      ],
      [
        [1, 2],
        [5, 7],
      ],
      [
        [0, 1],
        [3, 100],
      ],
      [
        [-5, 0],
        [-1, -2],
      ],
    ]) {
      await checkSample(slice([2, 3, 6, 7], starts, stops, [2, 3], [2, 3]), 8);
      await checkSample({ ...slice([2, 3, 6, 7], [1, ...starts], [3, ...stops], [1, 2, 3], [1, 3, 2]), free: [0] }, 9);
      await checkSample({ ...slice([2, 3, 6, 7], starts, stops, [2, 3], [1, 3]), free: [0, 1] }, 10);
    }
    const attributes = attributesOf({ starts: [1, 0], ends: [3, 2 ** 31] });
    await checkSample({ opType: 'Slice', attributes, inputs: [[4, 5]], opset: 9 }, 7);
  });

  it('Pad in every mode', async () => {
    await checkSample({ opType: 'Pad', inputs: [[3, 4], list(1, 2, 0, 1)] }, 1);
    await checkSample({ opType: 'Pad', inputs: [[3, 4], list(-1, 2, 1, -2)] }, 2);
    await checkSample({ opType: 'Pad', inputs: [[2, 3, 4], list(0, 1, 1, 0, 0, 2)], free: [0] }, 3);
    for (const mode of ['reflect', 'edge']) {
      await checkSample({ opType: 'Pad', attributes: attributesOf({ mode }), inputs: [[3, 4], list(2, 1, 1, 3)] }, 4);
      await checkSample(
        { opType: 'Pad', attributes: attributesOf({ mode }), inputs: [[2, 3, 4], list(0, 1, 1, 0, 0, 2)], free: [0] },
        5,
      );
    }
    await checkSample(
      { opType: 'Pad', attributes: attributesOf({ pads: [1, 0, 0, 2] }), inputs: [[3, 4]], opset: 10 },
      6,
    );
  });
});
