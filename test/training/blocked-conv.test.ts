import { describe, expect, it } from 'vitest';
import { createNode, DataType, Random } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeSession } from '../../src/runtime/runtime.js';
import { differentiate, findConvBlock } from '../../src/training/index.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';
import { attributesOf } from './oracle/attributes.js';
import { close, feedsOf } from './oracle/check.js';
import { doubleArray, sizeOf } from './oracle/double-array.js';

const runtime = await ortNode({ threads: 1 });
const block = await findConvBlock(runtime);

/** Convolutions of 16 and 32 channels, depthwise or not, with stride and without; one of 3 that has no whole block. */
function buildNet() {
  return buildDocument({
    inputs: [buildValue('x', ['N', 3, 9, 8])],
    outputs: [{ name: 'y', dataType: DataType.FLOAT, dims: null }],
    nodes: [
      createNode('Conv', ['x', 'w0'], ['a'], attributesOf({ pads: [1, 1, 1, 1] })),
      createNode('Conv', ['a', 'w1', 'b1'], ['b'], attributesOf({ pads: [1, 1, 1, 1] })),
      createNode('Relu', ['b'], ['c']),
      createNode('Conv', ['c', 'depthwise'], ['s'], attributesOf({ group: 16, strides: [1, 1], pads: [1, 0, 1, 1] })),
      createNode(
        'Conv',
        ['s', 'strided'],
        ['u'],
        attributesOf({ group: 16, dilations: [1, 2], strides: [2, 1], pads: [1, 2, 1, 0] }),
      ),
      createNode('Conv', ['u', 'w2'], ['d'], attributesOf({ strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 1] })),
      createNode('Conv', ['d', 'w3'], ['y'], attributesOf({ auto_pad: 'SAME_UPPER' })),
    ],
    initializers: [
      normalTensor('w0', [16, 3, 3, 3], 1),
      normalTensor('w1', [16, 16, 3, 3], 2, 0.2),
      normalTensor('b1', [16], 3),
      normalTensor('depthwise', [16, 1, 3, 2], 6, 0.4),
      normalTensor('strided', [16, 1, 3, 2], 7, 0.4),
      normalTensor('w2', [32, 16, 2, 3], 4, 0.2),
      normalTensor('w3', [16, 32, 1, 1], 5, 0.2),
    ],
  });
}

describe('convolutions in the layout of the runtime', () => {
  // With a fixed batch of whole blocks the gradients of weights are blocked, too.
  it.skipIf(block === undefined).each([
    [2, undefined],
    [32, 32],
  ])(
    'give the gradients of plain ones for %d samples (skipped where there is no such layout)',
    async (count, batchSize) => {
      const random = new Random(6);
      const draw = (dims: number[]) =>
        doubleArray(
          dims,
          Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
        );
      const [x, goal] = [draw([count, 3, 9, 8]), draw([count, 16, 3, 7])];
      const run = async (convBlock: number | undefined) => {
        const loss = { kind: 'mean-squared-error' } as const;
        const graph = await differentiate(buildNet(), { loss, runtime, convBlock, batchSize });
        const session = await runtime.load(modelBytes(graph.document));
        const found = await session.run(
          feedsOf(
            graph,
            new Map([
              ['x', x],
              [graph.targets[0].name, goal],
            ]),
          ),
        );
        await session.release();
        return { graph, found };
      };
      const plain = await run(undefined);
      const blocked = await run(block);
      const convolutions = (graph: typeof plain.graph) =>
        graph.document.graph.nodes.filter(({ opType, domain }) => opType === 'Conv' && domain !== '').length;
      expect(convolutions(plain.graph)).toBe(0);
      // Of whole blocks and more than one tap: four forward, back the two that have no stride; weights all but those of one tap.
      expect(convolutions(blocked.graph)).toBe(batchSize === undefined ? 6 : 11);
      expect(blocked.graph.document.graph.inputs[0].dims?.[0]).toBe(batchSize ?? 'N');
      for (const { gradient } of plain.graph.parameters) {
        const { dims, data } = plain.found[gradient];
        close(blocked.found[gradient], doubleArray(dims, data as Float32Array), gradient);
      }
    },
  );

  it('are not believed in where the runtime refuses them or counts wrong', async () => {
    const refusing: Runtime = { ...runtime, load: () => Promise.reject(new Error('no such domain')) };
    expect(await findConvBlock(refusing)).toBeUndefined();
    const tensor = (value: number) => ({ dataType: DataType.FLOAT, dims: [1], data: Float32Array.of(value) });
    const wrong: RuntimeSession = {
      inputs: [],
      outputs: [],
      run: () => Promise.resolve({ plain: tensor(1), blocked: tensor(1.5) }),
      release: () => Promise.resolve(),
    };
    expect(await findConvBlock({ ...runtime, load: () => Promise.resolve(wrong) })).toBeUndefined();
  });
});
