import { beforeAll, describe, expect, it } from 'vitest';
import { type AttributeValue, createNode, DataType, type Document, Tensor } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { foldConstants, prune } from '../../src/transforms/index.js';
import { buildDocument, buildValue, floatTensor, int64Tensor, normalTensor } from '../helpers/build.js';
import { runBits } from '../helpers/runtime.js';

let runtime: Runtime;

beforeAll(async () => {
  runtime = await ortNode();
});

const ints = (...values: number[]): AttributeValue => ({ kind: 'ints', value: values.map(BigInt) });
const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
const tensor = (value: Tensor): AttributeValue => ({ kind: 'tensor', value });

/** Folds and prunes, checks that no bit of the outputs and no byte too many came of it, and names the nodes left. */
async function fold(document: Document): Promise<string[]> {
  const expected = await runBits(document, { optimization: 'disabled' });
  const before = modelBytes(document).length;
  await document.transform(foldConstants({ runtime }), prune());
  expect(await runBits(document, { optimization: 'disabled' })).toEqual(expected);
  // A small result may take more than what it replaces, by a kilobyte.
  expect(modelBytes(document).length).toBeLessThan(before + 1024);
  return document.graph.nodes.map((node) => node.opType);
}

describe('foldConstants', () => {
  it('computes the shape arithmetic of exporters, in opset 11 with attributes and in opset 17 with inputs', async () => {
    for (const opset of [11, 17]) {
      const axes = opset < 13 ? { axes: ints(0) } : {};
      const inputs = opset < 13 ? [] : ['zero'];
      const document = buildDocument({
        opset,
        inputs: [buildValue('x', ['N', 6])],
        outputs: [buildValue('y', [null, null, null])],
        nodes: [
          createNode('Constant', [], ['dims'], { value: tensor(int64Tensor('', [4], [9, 2, 3, 9])) }),
          createNode('Gather', ['dims', 'one'], ['two']),
          createNode('Unsqueeze', ['two', ...inputs], ['a'], axes),
          createNode('Slice', ['dims', 'from', 'to'], ['b']),
          createNode('Concat', ['minus', 'a', 'b'], ['shape'], { axis: int(0) }),
          createNode('Reshape', ['x', 'shape'], ['y']),
        ],
        initializers: [
          int64Tensor('one', [], [1]),
          int64Tensor('zero', [1], [0]),
          int64Tensor('from', [1], [2]),
          int64Tensor('to', [1], [3]),
          int64Tensor('minus', [1], [-1]),
        ],
      });
      expect(await fold(document)).toEqual(['Reshape']);
    }
  });

  it('puts a transposed and scaled weight in the place of the weight', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [2, 64])],
      outputs: [buildValue('y', [2, 32])],
      nodes: [
        createNode('Transpose', ['w'], ['t']),
        createNode('Mul', ['t', 's'], ['scaled']),
        createNode('MatMul', ['x', 'scaled'], ['y']),
      ],
      initializers: [normalTensor('w', [32, 64]), normalTensor('s', [32])],
    });
    expect(await fold(document)).toEqual(['MatMul']);
  });

  it('folds nothing that makes the file larger: spread out zeros, wider numbers, a weight still in use', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [2, 64])],
      outputs: [buildValue('y', [2, 32]), buildValue('z', [32, 64]), buildValue('n', [64, 64])],
      nodes: [
        createNode('Transpose', ['w'], ['t']),
        createNode('MatMul', ['x', 't'], ['y']),
        createNode('Abs', ['w'], ['z0']),
        createNode('Add', ['z0', 'x0'], ['z']),
        createNode('ConstantOfShape', ['shape'], ['zeros']),
        createNode('Add', ['zeros', 'x0n'], ['n']),
        createNode('Slice', ['x', 'from', 'to'], ['x0']),
        createNode('Slice', ['x', 'from', 'to'], ['x0n']),
      ].sort((a, b) => Number(b.opType === 'Slice') - Number(a.opType === 'Slice')),
      initializers: [
        normalTensor('w', [32, 64]),
        int64Tensor('shape', [2], [64, 64]),
        int64Tensor('from', [1], [0]),
        int64Tensor('to', [1], [1]),
      ],
    });
    const left = await fold(document);
    expect(left).toContain('Transpose');
    expect(left).toContain('ConstantOfShape');
  });

  it('leaves alone what is random, what a caller may override, and quantized weights', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [4]), buildValue('default', [4])],
      outputs: [buildValue('y', [4]), buildValue('r', [4]), buildValue('q', [4])],
      nodes: [
        createNode('Neg', ['default'], ['negative']),
        createNode('Add', ['x', 'negative'], ['y']),
        createNode('RandomNormal', [], ['random'], { shape: ints(4) }),
        createNode('Add', ['x', 'random'], ['r']),
        createNode('DequantizeLinear', ['codes', 'scale'], ['weights']),
        createNode('Add', ['x', 'weights'], ['q']),
      ],
      initializers: [normalTensor('default', [4]), normalTensor('scale', [], 4)],
    });
    const codes = int64Tensor('codes', [4], [1, 2, 3, 4]);
    document.graph.initializers.set('codes', codes);
    document.graph.nodes.unshift(createNode('Cast', ['codes'], ['codes8'], { to: int(DataType.INT8) }));
    document.graph.nodes.find((node) => node.opType === 'DequantizeLinear')!.inputs[0] = 'codes8';
    await document.transform(foldConstants({ runtime }), prune());
    expect(document.graph.nodes.map((node) => node.opType).sort()).toEqual([
      'Add',
      'Add',
      'Add',
      'DequantizeLinear',
      'Neg',
      'RandomNormal',
    ]);
  });

  it('takes what is asked for by name whatever its size, and nothing else', async () => {
    const codes = new Tensor(
      'q',
      DataType.INT8,
      [64, 64],
      Uint8Array.from({ length: 4096 }, (_, i) => i & 127),
    );
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 64])],
      outputs: [buildValue('y', ['N', 64]), buildValue('z', ['N', 64])],
      nodes: [
        createNode('DequantizeLinear', ['q', 'step'], ['w']),
        createNode('DequantizeLinear', ['q', 'step'], ['v']),
        createNode('MatMul', ['x', 'w'], ['y']),
        createNode('MatMul', ['x', 'v'], ['z']),
      ],
      initializers: [codes, floatTensor('step', [], [0.5])],
    });
    const expected = await runBits(document, { optimization: 'disabled' });
    await document.transform(foldConstants({ runtime, names: new Set(['w']) }), prune());
    expect([...document.graph.initializers.keys()].sort()).toEqual(['q', 'step', 'w']);
    expect(document.graph.initializers.get('w')?.toFloat32().slice(0, 3)).toEqual(Float32Array.of(0, 0.5, 1));
    expect(await runBits(document, { optimization: 'disabled' })).toEqual(expected);
  });

  it('keeps what is an output, and what the runtime cannot compute', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [4])],
      outputs: [buildValue('constant', [4]), buildValue('y', [4])],
      nodes: [createNode('Neg', ['w'], ['constant']), createNode('Add', ['x', 'constant'], ['y'])],
      initializers: [normalTensor('w', [4])],
    });
    expect(await fold(document)).toEqual(['Neg', 'Add']);

    const foreign = buildDocument({
      inputs: [buildValue('x', [4])],
      outputs: [buildValue('y', [4])],
      nodes: [createNode('NoSuchOperator', ['w'], ['v']), createNode('Add', ['x', 'v'], ['y'])],
      initializers: [normalTensor('w', [4])],
    });
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) };
    await foreign.transformWith({ logger, onProgress() {} }, foldConstants({ runtime }));
    expect(foreign.graph.nodes).toHaveLength(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Constants are left unfolded');
  });
});
