import { describe, expect, it } from 'vitest';
import { createNode, DataType, type Random } from '../../../src/core/index.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { differentiate } from '../../../src/training/index.js';
import { buildDocument, buildValue, floatTensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample, checkSamples, feedsOf, type Sample } from '../oracle/check.js';
import { doubleArray, sizeOf, zeros } from '../oracle/double-array.js';

function drawPool(random: Random, opType: string, extra: Record<string, number> = {}): Sample {
  const kernel_shape = [1 + random.below(3), 1 + random.below(3)];
  const strides = [1 + random.below(3), 1 + random.below(3)];
  const pads = [...kernel_shape, ...kernel_shape].map((size) => random.below(size));
  const inputs = [[2, 2, 4 + random.below(3), 5 + random.below(3)]];
  return { opType, attributes: attributesOf({ kernel_shape, strides, pads, ...extra }), inputs };
}

describe('gradients of pools', () => {
  it('MaxPool, overlapping or not', async () => {
    await checkSamples(12, (random) => drawPool(random, 'MaxPool'));
    await checkSamples(4, (random) => ({ ...drawPool(random, 'MaxPool'), free: [0] }), 2);
    await checkSample(
      { opType: 'MaxPool', attributes: attributesOf({ kernel_shape: [2], strides: [2] }), inputs: [[2, 3, 6]] },
      1,
    );
    const square = attributesOf({ kernel_shape: [2, 2], strides: [2, 2] });
    await checkSample({ opType: 'MaxPool', attributes: square, inputs: [[2, 3, 4, 6]], free: [0] }, 2);
    await checkSample({ opType: 'MaxPool', attributes: square, inputs: [[2, 3, 5, 7]], free: [0] }, 3);
  });

  it('MaxPool whose indices count along columns', async () => {
    await checkSamples(4, (random) => drawPool(random, 'MaxPool', { storage_order: 1 }));
  });

  it('AveragePool, with padding counted or not', async () => {
    await checkSamples(12, (random) => drawPool(random, 'AveragePool', { count_include_pad: random.below(2) }));
    await checkSamples(4, (random) => ({ ...drawPool(random, 'AveragePool'), free: [0] }), 2);
  });

  it('AveragePool over windows that tile the input, or are all of it', async () => {
    const tiles = attributesOf({ kernel_shape: [2, 3], strides: [2, 3] });
    await checkSample({ opType: 'AveragePool', attributes: tiles, inputs: [[2, 3, 4, 6]], free: [0] }, 1);
    const all = attributesOf({ kernel_shape: [4, 6] });
    await checkSample({ opType: 'AveragePool', attributes: all, inputs: [[2, 3, 4, 6]], free: [0] }, 2);
    const line = attributesOf({ kernel_shape: [2], strides: [2] });
    await checkSample({ opType: 'AveragePool', attributes: line, inputs: [[2, 3, 6]] }, 3);
  });

  // Where a window would begin beyond the input, ONNX's shape inference and onnxruntime's kernels disagree.
  it('MaxPool and AveragePool with ceil_mode', async () => {
    const most = attributesOf({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
    await checkSample({ opType: 'MaxPool', attributes: most, inputs: [[1, 2, 6, 7]] }, 3);
    const attributes = attributesOf({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
    await checkSample({ opType: 'AveragePool', attributes, inputs: [[1, 2, 6, 6]] }, 1);
    const padded = attributesOf({ kernel_shape: [3, 2], strides: [2, 3], pads: [1, 0, 0, 0], ceil_mode: 1 });
    await checkSample({ opType: 'AveragePool', attributes: padded, inputs: [[1, 2, 6, 7]] }, 2);
  });

  it.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', async (opType) => {
    await checkSample({ opType, inputs: [[2, 3, 4, 5]] }, 1);
    await checkSample({ opType, inputs: [[2, 3, 4, 5]], free: [0] }, 2);
    await checkSample({ opType, inputs: [[2, 3, 6]], free: [0] }, 3);
    await checkSample({ opType, inputs: [[2, 3, 4, 5]], free: [0, 2, 3] }, 4);
  });

  // Windows of equal numbers: that tile the input, that overlap, and in one dimension.
  it.each([
    [[1, 1, 4, 4], { kernel_shape: [2, 2], strides: [2, 2] }],
    [[1, 1, 5, 5], { kernel_shape: [3, 3], strides: [1, 1] }],
    [[1, 1, 6], { kernel_shape: [2], strides: [2] }],
  ])('counts no gradient of a MaxPool twice where numbers are equal: %o %o', async (dims, attributes) => {
    const document = buildDocument({
      inputs: [buildValue('x', dims)],
      outputs: [{ name: 'y', dataType: DataType.FLOAT, dims: null }],
      nodes: [createNode('Add', ['x', 'b'], ['s']), createNode('MaxPool', ['s'], ['y'], attributesOf(attributes))],
      initializers: [floatTensor('b', dims, new Array(sizeOf(dims)).fill(0.5))],
    });
    const runtime = await ortNode({ threads: 1 });
    const graph = await differentiate(document, { loss: { kind: 'mean-squared-error' }, runtime });
    const session = await runtime.load(modelBytes(graph.document));
    const [target] = graph.targets;
    const goal = doubleArray(target.dims as number[], new Float64Array(sizeOf(target.dims as number[])));
    const found = await session.run(
      feedsOf(
        graph,
        new Map([
          ['x', zeros(dims)],
          [target.name, goal],
        ]),
      ),
    );
    await session.release();
    const gradient = found[graph.parameters[0].gradient].data as Float32Array;
    // Σ over windows of 2 · (0.5 − 0) / count.
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
});
