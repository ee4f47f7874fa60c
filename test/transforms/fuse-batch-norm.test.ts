import { describe, expect, it } from 'vitest';
import { type AttributeValue, createNode, type Document, type Tensor } from '../../src/core/index.js';
import { fuseBatchNorm, prune } from '../../src/transforms/index.js';
import { buildConvNet, buildDocument, buildValue, floatTensor, normalTensor } from '../helpers/build.js';
import { distance, runModel } from '../helpers/runtime.js';

/** One rounding of each weight and bias, and sums of some hundred float32 products in another order. */
const TOLERANCE = 2e-5;

const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });

function statistics(channels: number, seed = 9): Tensor[] {
  const positive = normalTensor('variance', [channels], seed, 0.3);
  positive.setFloat32(positive.toFloat32().map((value) => 0.1 + value * value));
  return [
    normalTensor('gamma', [channels], seed + 1),
    normalTensor('beta', [channels], seed + 2),
    normalTensor('mean', [channels], seed + 3, 0.5),
    positive,
  ];
}

/** x → layer → BatchNormalization → y. */
function normalized(
  opType: string,
  dims: { x: number[]; w: number[]; channels: number; bias?: number[] },
  attributes: Record<string, AttributeValue> = {},
  rank = 4,
): Document {
  const bias = dims.bias ? [normalTensor('b', dims.bias, 4, 0.5)] : [];
  return buildDocument({
    inputs: [buildValue('x', dims.x)],
    outputs: [buildValue('y', Array(rank).fill(null))],
    nodes: [
      createNode(opType, ['x', 'w', ...bias.map((tensor) => tensor.name)], ['l'], attributes),
      createNode('BatchNormalization', ['l', 'gamma', 'beta', 'mean', 'variance'], ['y'], {
        epsilon: { kind: 'float', value: Math.fround(1e-3) },
      }),
    ],
    initializers: [normalTensor('w', dims.w, 3, 0.3), ...bias, ...statistics(dims.channels)],
  });
}

async function expectFused(document: Document, opTypes: string[]): Promise<void> {
  const expected = await runModel(document);
  await document.transform(fuseBatchNorm(), prune());
  expect(document.graph.nodes.map((node) => node.opType)).toEqual(opTypes);
  const actual = await runModel(document);
  expect(distance(expected, actual)).toBeLessThan(TOLERANCE);
}

describe('fuseBatchNorm', () => {
  it('puts the normalization into a Conv, with and without bias, and into groups of it', async () => {
    await expectFused(normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6, bias: [6] }), ['Conv']);
    await expectFused(normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 }), ['Conv']);
    const grouped = normalized('Conv', { x: [2, 6, 8, 8], w: [6, 2, 3, 3], channels: 6 }, { group: int(3) });
    await expectFused(grouped, ['Conv']);
    await expectFused(normalized('Conv', { x: [2, 3, 20], w: [6, 3, 5], channels: 6 }, {}, 3), ['Conv']);
  });

  it('into a ConvTranspose, whose output channels are its second axis, within each group', async () => {
    const plain = { x: [2, 4, 5, 5], w: [4, 6, 3, 3], channels: 6, bias: [6] };
    await expectFused(normalized('ConvTranspose', plain), ['ConvTranspose']);
    const grouped = { x: [2, 4, 5, 5], w: [4, 3, 3, 3], channels: 6 };
    await expectFused(normalized('ConvTranspose', grouped, { group: int(2) }), ['ConvTranspose']);
  });

  it('into a Gemm, either way round, with a bias of one number or of one for each output', async () => {
    for (const bias of [[5], [1], [1, 5], undefined]) {
      const sizes = { x: [2, 7], channels: 5, ...(bias ? { bias } : {}) };
      await expectFused(normalized('Gemm', { ...sizes, w: [7, 5] }, {}, 2), ['Gemm']);
      await expectFused(normalized('Gemm', { ...sizes, w: [5, 7] }, { transB: int(1) }, 2), ['Gemm']);
    }
  });

  it('leaves a Gemm that adds a matrix, or scales its product', async () => {
    const matrix = normalized('Gemm', { x: [2, 7], w: [7, 5], channels: 5, bias: [2, 5] }, {}, 2);
    await expectFused(matrix, ['Gemm', 'BatchNormalization']);
    const scaled = normalized(
      'Gemm',
      { x: [2, 7], w: [7, 5], channels: 5 },
      { alpha: { kind: 'float', value: 0.5 } },
      2,
    );
    await expectFused(scaled, ['Gemm', 'BatchNormalization']);
  });

  it('leaves a layer whose output is read elsewhere, or is an output itself', async () => {
    const read = normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 });
    read.graph.nodes.push(createNode('Abs', ['l'], ['z']));
    read.graph.outputs.push(buildValue('z', [null, null, null, null]));
    await expectFused(read, ['Conv', 'BatchNormalization', 'Abs']);
    const output = normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 });
    output.graph.outputs.push(buildValue('l', [null, null, null, null]));
    await expectFused(output, ['Conv', 'BatchNormalization']);
  });

  it('leaves a weight that two layers share, but gives each its own bias', async () => {
    const document = normalized('Conv', { x: [2, 6, 8, 8], w: [6, 6, 3, 3], channels: 6, bias: [6] });
    document.graph.nodes.push(createNode('Conv', ['y', 'w2', 'b'], ['z']));
    document.graph.initializers.set('w2', normalTensor('w2', [6, 6, 3, 3], 8, 0.1));
    document.graph.outputs[0] = buildValue('z', [null, null, null, null]);
    await expectFused(document, ['Conv', 'Conv']);
    const tied = normalized('Conv', { x: [2, 6, 8, 8], w: [6, 6, 3, 3], channels: 6 });
    tied.graph.nodes.push(createNode('Conv', ['y', 'w'], ['z']));
    tied.graph.outputs[0] = buildValue('z', [null, null, null, null]);
    await expectFused(tied, ['Conv', 'BatchNormalization', 'Conv']);
  });

  it('leaves a normalization in training mode, and parameters that a caller may override', async () => {
    const training = normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 });
    training.graph.nodes[1].attributes.set('training_mode', int(1));
    await training.transform(fuseBatchNorm());
    expect(training.graph.nodes).toHaveLength(2);
    const input = normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 });
    input.graph.inputs.push(buildValue('gamma', [6]));
    await input.transform(fuseBatchNorm());
    expect(input.graph.nodes).toHaveLength(2);
  });

  it('leaves statistics that would make weights infinite', async () => {
    const document = normalized('Conv', { x: [2, 3, 8, 8], w: [6, 3, 3, 3], channels: 6 });
    document.graph.initializers.set('variance', floatTensor('variance', [6], [1, 1, 1, 1, 1, -1]));
    await document.transform(fuseBatchNorm());
    expect(document.graph.nodes).toHaveLength(2);
  });

  it('is s W and s (b − μ) + β, rounded once', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [1, 1, 1, 1])],
      outputs: [buildValue('y', [1, 1, 1, 1])],
      nodes: [
        createNode('Conv', ['x', 'w', 'b'], ['l']),
        createNode('BatchNormalization', ['l', 'g', 'e', 'm', 'v'], ['y'], { epsilon: { kind: 'float', value: 0 } }),
      ],
      // s = 3 / √4 = 1.5, W' = 0.3, b' = 1.5 (0.5 − 2) + 1 = −1.25
      initializers: [
        floatTensor('w', [1, 1, 1, 1], [0.2]),
        floatTensor('b', [1], [0.5]),
        floatTensor('g', [1], [3]),
        floatTensor('e', [1], [1]),
        floatTensor('m', [1], [2]),
        floatTensor('v', [1], [4]),
      ],
    });
    await document.transform(fuseBatchNorm(), prune());
    const [weight, bias] = document.graph.nodes[0].inputs.slice(1).map((name) => document.graph.initializers.get(name));
    expect(weight?.toFloat32()[0]).toBe(Math.fround(1.5 * Math.fround(0.2)));
    expect(bias?.toFloat32()[0]).toBe(-1.25);
  });

  it('makes the network of the helpers smaller by its four statistics', async () => {
    const document = buildConvNet();
    await expectFused(document, ['Conv', 'Relu', 'GlobalAveragePool', 'Flatten', 'Gemm']);
    expect(document.graph.initializers.size).toBe(4);
  });
});
