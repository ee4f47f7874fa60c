import { describe, expect, it } from 'vitest';
import { createNode } from '../../src/core/index.js';
import { blockOutputs } from '../../src/training/index.js';
import { buildConvNet, buildDocument, buildMlp, buildValue, normalTensor } from '../helpers/build.js';

const conv = (input: string, output: string) => createNode('Conv', [input, 'w'], [output]);

describe('blockOutputs', () => {
  it('lie behind activations, and before the next layer; outputs are none', () => {
    expect(blockOutputs(buildConvNet().graph)).toEqual(['f']);
    const { graph } = buildMlp([8, 16, 12, 4]);
    const gemms = graph.nodes.filter(({ opType }) => opType === 'Gemm');
    expect(blockOutputs(graph)).toEqual(gemms.slice(1).map(({ inputs }) => inputs[0]));
  });

  it('are not inside of what something goes around, be it a sum or a shortcut that begins first', () => {
    const { graph } = buildDocument({
      inputs: [buildValue('x', ['N', 2, 4, 4])],
      outputs: [buildValue('y', ['N', 2, 4, 4])],
      nodes: [
        conv('x', 'a'),
        createNode('Relu', ['a'], ['stem']),
        conv('stem', 'b'),
        createNode('Relu', ['b'], ['inside']),
        conv('inside', 'c'),
        createNode('Add', ['c', 'stem'], ['d']),
        createNode('Relu', ['d'], ['first']),
        createNode('Identity', ['first'], ['shortcut']),
        conv('first', 'e'),
        createNode('Add', ['e', 'shortcut'], ['f']),
        createNode('Relu', ['f'], ['second']),
        conv('second', 'y'),
      ],
      initializers: [normalTensor('w', [2, 2, 1, 1])],
    });
    expect(blockOutputs(graph)).toEqual(['stem', 'first', 'second']);
  });
});
