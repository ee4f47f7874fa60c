import { describe, expect, it } from 'vitest';
import { createNode, type Document, Tensor } from '../../../src/core/index.js';
import { sampleOutputs } from '../../../src/methods/vnq/index.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { copyDocument } from '../../../src/training/autodiff/draft.js';
import { buildDocument, buildValue, floatTensor, normalTensor } from '../../helpers/build.js';
import { normals } from '../../kernels/support.js';

const runtime = await ortNode();
const SAMPLES = 3;

const ints = (...values: number[]) => ({ kind: 'ints', value: values.map(BigInt) }) as const;
const float = (value: number) => ({ kind: 'float', value }) as const;
const int = (value: number) => ({ kind: 'int', value: BigInt(value) }) as const;

/** x → one layer → y */
function layer(
  opType: string,
  xDims: number[],
  weight: Tensor,
  yRank: number,
  attributes = {},
  weightFirst = false,
): Document {
  const width = weight.dims[opType === 'ConvTranspose' ? 1 : 0];
  const bias = opType === 'MatMul' ? [] : [floatTensor('b', [width], Array(width).fill(0.7))];
  const operands = weightFirst ? ['w', 'x'] : ['x', 'w'];
  return buildDocument({
    inputs: [buildValue('x', ['N', ...xDims])],
    outputs: [buildValue('y', ['N', ...Array(yRank - 1).fill(null)])],
    nodes: [createNode(opType, [...operands, ...bias.map(({ name }) => name)], ['y'], attributes)],
    initializers: [weight, ...bias],
  });
}

const LAYERS: readonly (readonly [string, Document, number[]])[] = [
  [
    'a convolution with groups, strides and pads',
    layer('Conv', [4, 5, 5], normalTensor('w', [6, 2, 3, 3], 1), 4, {
      group: int(2),
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
    }),
    [4, 5, 5],
  ],
  [
    'a transposed convolution',
    layer('ConvTranspose', [3, 4, 4], normalTensor('w', [3, 2, 3, 3], 7), 4, { strides: ints(2, 2) }),
    [3, 4, 4],
  ],
  [
    'a Gemm, transposed and scaled',
    layer('Gemm', [5], normalTensor('w', [4, 5], 2), 2, { transB: int(1), alpha: float(-0.5), beta: float(2) }),
    [5],
  ],
  ['a MatMul of several rows', layer('MatMul', [2, 5], normalTensor('w', [5, 3], 3), 3), [2, 5]],
  ['a MatMul from the left', layer('MatMul', [5, 2], normalTensor('w', [3, 5], 4), 3, {}, true), [5, 2]],
];

async function run(
  document: Document,
  feeds: Record<string, { dims: number[]; data: Float32Array }>,
): Promise<Float32Array> {
  const session = await runtime.load(modelBytes(document));
  const typed = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, { dataType: 1, ...feed }]));
  const { y } = await session.run(typed);
  await session.release();
  return y.data as Float32Array;
}

describe('sampleOutputs', () => {
  it.each(LAYERS)(
    'gives the outputs of %s the mean and the variance that uncertain weights give them',
    async (_, document, xDims) => {
      const weight = document.graph.initializers.get('w')!;
      const draft = copyDocument(document);
      const { weights, noise } = await sampleOutputs(draft, new Set([weight]), runtime);
      expect(weights).toMatchObject([{ tensor: weight, mean: 'w' }]);
      expect(document.graph.nodes).toHaveLength(1);
      const spreads = normals(5, weight.elementCount, 0.4);
      draft.graph.initializers.get(weights[0].variance)!.setFloat32(spreads.map((spread) => spread * spread));

      const x = { dims: [SAMPLES, ...xDims], data: normals(6, SAMPLES * xDims.reduce((a, b) => a * b)) };
      const [{ name, dims }] = noise;
      const noiseOf = (epsilon: number) => {
        const data = new Float32Array(dims.reduce((a, b) => a * b, SAMPLES)).fill(epsilon);
        return { [name]: { dims: [SAMPLES, ...dims], data } };
      };
      const mean = await run(document, { x });
      const quiet = await run(draft, { x, ...noiseOf(0) });
      const loud = await run(draft, { x, ...noiseOf(1) });
      expect(quiet).toEqual(mean);

      // Outputs are linear in the weights: the variance is the sum over weights of σ² times the slope squared.
      const variance = new Float64Array(mean.length);
      const original = weight.toFloat32().slice();
      for (let i = 0; i < original.length; i++) {
        const moved = original.slice();
        moved[i] += 1;
        const other = copyDocument(document);
        other.graph.initializers.set('w', Tensor.fromFloat32('w', weight.dims, moved));
        (await run(other, { x })).forEach((y, j) => {
          variance[j] += (spreads[i] * (y - mean[j])) ** 2;
        });
      }
      loud.forEach((y, j) => {
        expect((y - mean[j]) ** 2).toBeCloseTo(variance[j] + 1e-8, 3);
      });
    },
  );

  it('keeps certain what another operator reads, and gives a weight of two layers one variance', async () => {
    const [shared, scaled] = [normalTensor('shared', [4, 4], 1), normalTensor('scaled', [4, 4], 2)];
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 4])],
      outputs: [buildValue('y', ['N', 4])],
      nodes: [
        createNode('MatMul', ['x', 'shared'], ['a']),
        createNode('MatMul', ['a', 'shared'], ['b']),
        createNode('Relu', ['scaled'], ['half']),
        createNode('MatMul', ['b', 'scaled'], ['c']),
        createNode('MatMul', ['c', 'half'], ['y']),
      ],
      initializers: [shared, scaled],
    });
    const { weights, noise } = await sampleOutputs(document, new Set([shared, scaled]), runtime);
    expect(weights.map(({ mean }) => mean)).toEqual(['shared']);
    expect(noise.map(({ dims }) => dims)).toEqual([[4], [4]]);
    expect(document.graph.outputs.map(({ name }) => name)).toEqual(['y']);
  });

  it('asks for fixed dims where pictures may be of any size', async () => {
    const weight = normalTensor('w', [2, 3, 3, 3]);
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3, 'height', 'width'])],
      outputs: [buildValue('y', ['N', 2, null, null])],
      nodes: [createNode('Conv', ['x', 'w'], ['y'])],
      initializers: [weight],
    });
    const sampling = sampleOutputs(document, new Set([weight]), runtime);
    await expect(sampling).rejects.toThrow(/"y" \(Conv\).*state the dims of the model's input/);
    await expect(sampling).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
  });
});
