import { describe, it } from 'vitest';
import { floatTensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample } from '../oracle/check.js';

describe('gradients of normalizations', () => {
  it('BatchNormalization by stored statistics', async () => {
    const [mean, variance] = [floatTensor('m', [3], [0.1, -0.4, 0.7]), floatTensor('v', [3], [0.5, 1, 2])];
    const attributes = attributesOf({ epsilon: 0.01 });
    for (const dims of [
      [2, 3, 4, 5],
      [4, 3],
      [2, 3, 6],
    ]) {
      await checkSample({ opType: 'BatchNormalization', attributes, inputs: [dims, [3], [3], mean, variance] }, 1);
    }
    const inputs = [[2, 3, 4, 5], [3], [3], mean, variance];
    await checkSample({ opType: 'BatchNormalization', inputs, free: [0] }, 2);
    await checkSample({ opType: 'BatchNormalization', inputs, free: [0], opset: 9 }, 3);
  });

  it('LayerNormalization over one or several axes', async () => {
    await checkSample({ opType: 'LayerNormalization', inputs: [[2, 3, 6], [6], [6]] }, 1);
    await checkSample({ opType: 'LayerNormalization', inputs: [[2, 3, 6], [6]], free: [0] }, 2);
    const attributes = attributesOf({ axis: 1, epsilon: 0.1 });
    await checkSample(
      {
        opType: 'LayerNormalization',
        attributes,
        inputs: [
          [3, 2, 4],
          [2, 4],
          [2, 4],
        ],
      },
      3,
    );
    await checkSample({ opType: 'LayerNormalization', inputs: [[3, 2, 4], [4], [4]], free: [0, 1] }, 4);
  });

  it('InstanceNormalization', async () => {
    await checkSample({ opType: 'InstanceNormalization', inputs: [[2, 3, 4, 5], [3], [3]] }, 1);
    await checkSample({ opType: 'InstanceNormalization', inputs: [[2, 3, 7], [3], [3]], free: [0] }, 2);
  });

  it('GroupNormalization', async () => {
    const attributes = attributesOf({ num_groups: 2 });
    await checkSample({ opType: 'GroupNormalization', attributes, inputs: [[2, 4, 2, 3], [4], [4]], opset: 21 }, 1);
  });

  it('RMSNormalization', async () => {
    await checkSample({ opType: 'RMSNormalization', inputs: [[2, 3, 6], [6]], opset: 23 }, 1);
    await checkSample({ opType: 'RMSNormalization', inputs: [[2, 3, 6], [6]], opset: 23, free: [0, 1] }, 2);
  });

  it('SimplifiedLayerNormalization', async () => {
    const opType = 'SimplifiedLayerNormalization';
    await checkSample({ opType, inputs: [[2, 3, 6], [6]] }, 1);
    const attributes = attributesOf({ axis: 2, epsilon: 0.1 });
    await checkSample({ opType, attributes, inputs: [[2, 3, 6], [6]], free: [0, 1] }, 2);
  });

  it.each(['Softmax', 'LogSoftmax'])('%s along any axis', async (opType) => {
    for (const axis of [-1, 0, 1, 2]) {
      await checkSample({ opType, attributes: attributesOf({ axis }), inputs: [[2, 3, 4]] }, axis + 5);
    }
    await checkSample({ opType, attributes: attributesOf({ axis: 1 }), inputs: [[2, 3, 4]], free: [0] }, 9);
  });

  it.each(['Softmax', 'LogSoftmax'])('%s as it was before opset 13, over all axes from one on', async (opType) => {
    for (const axis of [0, 1, 2]) {
      await checkSample({ opType, attributes: attributesOf({ axis }), inputs: [[2, 3, 4]], opset: 11 }, axis + 5);
    }
    await checkSample({ opType, inputs: [[2, 3, 4]], opset: 11, free: [0] }, 9);
  });
});
