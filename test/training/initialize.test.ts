import { describe, expect, it } from 'vitest';
import { createNode, type Tensor } from '../../src/core/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { differentiate } from '../../src/training/autodiff/differentiate.js';
import { initializeWeights } from '../../src/training/initialize.js';
import { buildDocument, buildRecurrent, buildValue, floatTensor, normalTensor } from '../helpers/build.js';

const ints = (...values: number[]) => ({ kind: 'ints' as const, value: values.map(BigInt) });

/** Conv → BatchNormalization → Relu → Conv → Flatten → Gemm → Relu → Gemm */
function net() {
  return buildDocument({
    inputs: [buildValue('x', ['N', 16, 6, 6])],
    outputs: [buildValue('y', ['N', 10])],
    nodes: [
      createNode('Conv', ['x', 'rectified', 'bias'], ['c'], { pads: ints(1, 1, 1, 1) }),
      createNode('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'variance'], ['n']),
      createNode('Relu', ['n'], ['r']),
      createNode('Conv', ['r', 'linear'], ['d'], { group: { kind: 'int', value: 4n } }),
      createNode('Flatten', ['d'], ['f']),
      createNode('Gemm', ['f', 'hidden', 'bias2'], ['h'], { transB: { kind: 'int', value: 1n } }),
      createNode('Relu', ['h'], ['s']),
      createNode('MatMul', ['s', 'output'], ['y']),
    ],
    initializers: [
      normalTensor('rectified', [32, 16, 3, 3], 1, 9),
      normalTensor('bias', [32], 2, 9),
      normalTensor('scale', [32], 3, 9),
      normalTensor('shift', [32], 4, 9),
      normalTensor('mean', [32], 5, 9),
      floatTensor('variance', [32], new Array(32).fill(7)),
      normalTensor('linear', [64, 8, 1, 1], 6, 9),
      normalTensor('hidden', [40, 2304], 7, 9),
      normalTensor('bias2', [40], 8, 9),
      normalTensor('output', [40, 10], 9, 9),
    ],
  });
}

async function initialized(seed: number) {
  const document = net();
  const graph = await differentiate(document, { loss: { kind: 'cross-entropy' }, runtime: await ortNode() });
  const left = initializeWeights(document, graph, seed);
  const values = (name: string) => (document.graph.initializers.get(name) as Tensor).toFloat32();
  return { left, values };
}

const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe('initializeWeights', () => {
  it('draws by the operator and by what follows it', async () => {
    const { left, values } = await initialized(1);
    expect(left).toEqual([]);
    expect(deviation(values('rectified')) / Math.sqrt(2 / (16 * 9))).toBeCloseTo(1, 1);
    expect(deviation(values('hidden')) / Math.sqrt(2 / 2304)).toBeCloseTo(1, 1);
    for (const [name, fanIn, fanOut] of [
      ['linear', 8, 16],
      ['output', 40, 10],
    ] as const) {
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      expect(Math.max(...values(name).map(Math.abs)), name).toBeLessThanOrEqual(limit);
      expect(deviation(values(name)) / (limit / Math.sqrt(3)), name).toBeCloseTo(1, 1);
    }
    for (const [name, value] of Object.entries({ bias: 0, bias2: 0, scale: 1, shift: 0, mean: 0, variance: 1 })) {
      expect(new Set(values(name)), name).toEqual(new Set([value]));
    }
  });

  it('draws every gate of an LSTM by itself', async () => {
    const document = buildRecurrent();
    const graph = await differentiate(document, { loss: { kind: 'cross-entropy' }, runtime: await ortNode() });
    expect(initializeWeights(document, graph, 1)).toEqual([]);
    const values = (name: string) => document.graph.initializers.get(name)!.toFloat32();
    // 32 wide, 40 hidden.
    expect(deviation(values('lstm.w')) / Math.sqrt(2 / (32 + 40))).toBeCloseTo(1, 1);
    expect(deviation(values('lstm.r')) / Math.sqrt(2 / (40 + 40))).toBeCloseTo(1, 1);
    expect(deviation(values('embedding')) / Math.sqrt(1 / 32)).toBeCloseTo(1, 1);
    expect(new Set(values('lstm.b'))).toEqual(new Set([0]));
  });

  it('gives the same numbers for a seed, others for another', async () => {
    const [one, again, other] = [await initialized(1), await initialized(1), await initialized(2)];
    expect(again.values('hidden')).toEqual(one.values('hidden'));
    expect(other.values('hidden')).not.toEqual(one.values('hidden'));
  });
});
