import { describe, it } from 'vitest';
import type { Random } from '../../../src/core/index.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample, checkSamples, type Sample } from '../oracle/check.js';

const between = (random: Random, low: number, high: number) => low + random.below(high - low + 1);

/** Groups, strides, dilations, unequal pads, in one or two dimensions. */
function drawConv(random: Random, rank: number): Sample {
  const each = (low: number, high: number) => Array.from({ length: rank }, () => between(random, low, high));
  const groups = between(random, 1, 3);
  const [inputs, outputs] = [groups * between(random, 1, 2), groups * between(random, 1, 2)];
  const [kernel, dilations, strides] = [each(1, 3), each(1, 2), each(1, 3)];
  const span = kernel.map((size, axis) => (size - 1) * dilations[axis] + 1);
  const pads = [...span, ...span].map((reach) => random.below(reach));
  const space = span.map((reach) => reach + random.below(4));
  const bias = random.below(2) ? [[outputs]] : [];
  return {
    opType: 'Conv',
    attributes: attributesOf({ group: groups, strides, dilations, pads, kernel_shape: kernel }),
    inputs: [[2, inputs, ...space], [outputs, inputs / groups, ...kernel], ...bias],
  };
}

describe('gradients of Conv', () => {
  it('in one dimension', async () => {
    await checkSamples(12, (random) => drawConv(random, 1));
  });

  it('in two dimensions', async () => {
    await checkSamples(16, (random) => drawConv(random, 2), 2);
  });

  it('with free batch and free picture size', async () => {
    await checkSamples(6, (random) => ({ ...drawConv(random, 2), free: [0] }), 3);
    await checkSamples(6, (random) => ({ ...drawConv(random, 2), free: [0, 2, 3] }), 4);
  });

  it('depthwise', async () => {
    for (const strides of [
      [1, 1],
      [2, 1],
      [2, 2],
    ]) {
      const attributes = attributesOf({ group: 3, strides, pads: [1, 1, 1, 0] });
      await checkSample({ opType: 'Conv', attributes, inputs: [[2, 3, 5, 6], [3, 1, 3, 3], [3]] }, 1);
      await checkSample(
        {
          opType: 'Conv',
          attributes,
          inputs: [
            [2, 3, 5, 6],
            [6, 1, 3, 3],
          ],
        },
        2,
      );
    }
  });

  it('by the flipped weight, from 16 channels on', async () => {
    for (const attributes of [
      { pads: [1, 1, 1, 1] },
      { pads: [0, 2, 1, 0] },
      { group: 2, pads: [1, 1, 1, 1] },
      { dilations: [2, 1], pads: [2, 0, 1, 1] },
      // More padding than a window reaches over, which no Conv can undo.
      { pads: [3, 3, 3, 3] },
    ]) {
      const columns = 16 / (attributes.group ?? 1);
      const inputs = [
        [1, 16, 3, 3],
        [2, columns, 2, 2],
      ];
      await checkSample({ opType: 'Conv', attributes: attributesOf(attributes), inputs }, 1);
    }
    const point = { opType: 'Conv', inputs: [[2, 16, 2, 2], [3, 16, 1, 1], [3]] };
    await checkSample(point, 2);
    await checkSample({ ...point, attributes: attributesOf({ strides: [2, 1] }) }, 3);
  });

  it('by gathered rows, from 20 channels on', async () => {
    const attributes = attributesOf({ strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 2] });
    await checkSample({ opType: 'Conv', attributes, inputs: [[2, 20, 4, 5], [2, 20, 3, 2], [2]] }, 1);
    await checkSample(
      {
        opType: 'Conv',
        inputs: [
          [2, 20, 6],
          [1, 20, 3],
        ],
        free: [0],
      },
      2,
    );
    await checkSample(
      {
        opType: 'Conv',
        inputs: [
          [2, 20, 6],
          [1, 20, 3],
        ],
        free: [0, 2],
      },
      3,
    );
  });

  it.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('with auto_pad %s', async (auto_pad) => {
    for (const strides of [
      [1, 1],
      [2, 1],
      [3, 2],
    ]) {
      const attributes = attributesOf({ auto_pad, strides });
      await checkSample(
        {
          opType: 'Conv',
          attributes,
          inputs: [
            [1, 2, 7, 6],
            [2, 2, 3, 2],
          ],
        },
        5,
      );
    }
  });
});

describe('gradients of ConvTranspose', () => {
  it('with groups, strides, dilations, pads and output_padding', async () => {
    await checkSamples(12, (random) => {
      const groups = between(random, 1, 2);
      const [inputs, outputs] = [groups * between(random, 1, 2), between(random, 1, 2)];
      const each = (low: number, high: number) => [between(random, low, high), between(random, low, high)];
      const [kernel, dilations, strides] = [each(1, 3), each(1, 2), each(1, 3)];
      const span = kernel.map((size, axis) => (size - 1) * dilations[axis] + 1);
      const pads = [...span, ...span].map((reach) => random.below(Math.min(2, reach)));
      const output_padding = strides.map((stride) => random.below(stride));
      return {
        opType: 'ConvTranspose',
        attributes: attributesOf({ group: groups, strides, dilations, pads, output_padding }),
        inputs: [[2, inputs, 3, 4], [inputs, outputs, ...kernel], ...(random.below(2) ? [[outputs * groups]] : [])],
      };
    });
  });

  it('with an output size that says the pads', async () => {
    for (const [i, more] of [
      { auto_pad: 'SAME_UPPER' },
      { auto_pad: 'SAME_LOWER' },
      { output_shape: [6, 8] },
    ].entries()) {
      const attributes = attributesOf({ strides: [2, 2], ...more });
      await checkSample(
        {
          opType: 'ConvTranspose',
          attributes,
          inputs: [
            [1, 2, 3, 4],
            [2, 2, 3, 5],
          ],
        },
        i,
      );
    }
  });

  it('in one dimension, with a free batch', async () => {
    const attributes = attributesOf({ strides: [2], pads: [1, 0] });
    await checkSample(
      {
        opType: 'ConvTranspose',
        attributes,
        inputs: [
          [2, 3, 4],
          [3, 2, 3],
        ],
        free: [0],
      },
      1,
    );
  });
});
