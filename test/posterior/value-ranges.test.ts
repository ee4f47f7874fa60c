import { describe, expect, it } from 'vitest';
import { createNode, DataType, SILENT } from '../../src/core/index.js';
import { layerOperations, measureRanges } from '../../src/posterior/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';

const context = { logger: SILENT, onProgress: () => {} };
const runtime = await ortNode({ threads: 1 });

function feedOf(values: readonly number[]) {
  return { x: { dataType: DataType.FLOAT, dims: [1, values.length], data: Float32Array.from(values) } };
}

describe('measureRanges', () => {
  it('averages the ends of float values over runs, and leaves out what is no float', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N', 3])],
      nodes: [createNode('Relu', ['x'], ['r']), createNode('Shape', ['r'], ['s']), createNode('Neg', ['r'], ['y'])],
    });
    const feeds = [feedOf([-1, 2, 5]), feedOf([1, 3, 9])];
    const ranges = await measureRanges(document, ['x', 'r', 's', 'y'], feeds, runtime, context);
    expect([...ranges]).toEqual([
      ['x', [0, 7]],
      ['r', [0.5, 7]],
      ['y', [-7, -0.5]],
    ]);
    expect((await measureRanges(document, ['s'], feeds, runtime, context)).size).toBe(0);
  });
});

describe('layerOperations', () => {
  it('counts a multiplication for every weight and position', async () => {
    const w = normalTensor('w', [6, 2, 3, 3]);
    const v = normalTensor('v', [6, 5]);
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 4, 8, 8])],
      outputs: [buildValue('y', ['N', 5])],
      nodes: [
        createNode('Conv', ['x', 'w'], ['c'], {
          group: { kind: 'int', value: 2n },
          strides: { kind: 'ints', value: [2n, 2n] },
        }),
        createNode('GlobalAveragePool', ['c'], ['p']),
        createNode('Flatten', ['p'], ['f']),
        createNode('Gemm', ['f', 'v'], ['y']),
      ],
      initializers: [w, v],
    });
    const data = new Float32Array(3 * 256);
    const feed = { x: { dataType: DataType.FLOAT, dims: [3, 4, 8, 8], data } };
    const operations = await layerOperations(document, new Set([w, v]), feed, runtime);
    // 3 × 3 positions of 6 channels with 18 weights each, for 3 samples.
    expect(operations.get(w)).toBe(3 * 9 * 6 * 18);
    expect(operations.get(v)).toBe(3 * 30);
  });
});
