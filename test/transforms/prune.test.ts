import { describe, expect, it } from 'vitest';
import { createGraph, createNode, DataType, type Node } from '../../src/core/index.js';
import { prune } from '../../src/transforms/index.js';
import { buildConvNet, buildDocument, buildValue, floatTensor, normalTensor } from '../helpers/build.js';
import { runBits } from '../helpers/runtime.js';

function inDomain(domain: string, node: Node): Node {
  return { ...node, domain };
}

describe('prune', () => {
  it('removes what no output needs, chains and all, and changes no bit of the outputs', async () => {
    const document = buildConvNet();
    const expected = await runBits(document);
    document.graph.initializers.set('dead.w', normalTensor('dead.w', [4]));
    document.graph.nodes.push(createNode('Add', ['r', 'r'], ['dead.1']), createNode('Exp', ['dead.1'], ['dead.2']));
    document.graph.values.push(buildValue('dead.1', [1]), buildValue('r', [1, 4, 8, 8]), buildValue('nobody', [1]));
    await document.transform(prune());
    expect(document.graph.nodes.map((node) => node.opType)).toEqual([
      'Conv',
      'BatchNormalization',
      'Relu',
      'GlobalAveragePool',
      'Flatten',
      'Gemm',
    ]);
    expect(document.graph.initializers.has('dead.w')).toBe(false);
    expect(document.graph.values.map((value) => value.name)).toEqual(['r']);
    expect(await runBits(document)).toEqual(expected);
  });

  it('keeps inputs and outputs, also unused ones, and a node with one output in use', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [4]), buildValue('unused', [1])],
      outputs: [buildValue('x', [4]), buildValue('w', [1]), buildValue('a', [2])],
      nodes: [createNode('Split', ['x'], ['a', 'b'], { num_outputs: { kind: 'int', value: 2n } })],
      initializers: [floatTensor('w', [1], [1])],
    });
    await document.transform(prune());
    expect(document.graph.inputs.map((input) => input.name)).toEqual(['x', 'unused']);
    expect(document.graph.nodes).toHaveLength(1);
    expect(document.graph.initializers.has('w')).toBe(true);
  });

  it('keeps what a branch reads from outside, and prunes inside the branch', async () => {
    const branch = (name: string) => {
      const graph = createGraph(name);
      graph.initializers.set(`${name}.dead`, floatTensor(`${name}.dead`, [1], [1]));
      graph.nodes.push(createNode('Neg', ['w'], [`${name}.y`]), createNode('Abs', [`${name}.dead`], [`${name}.z`]));
      graph.outputs.push(buildValue(`${name}.y`, [1]));
      return graph;
    };
    const document = buildDocument({
      inputs: [buildValue('c', [], DataType.BOOL)],
      outputs: [buildValue('y', [1])],
      nodes: [
        createNode('If', ['c'], ['y'], {
          then_branch: { kind: 'graph', value: branch('t') },
          else_branch: { kind: 'graph', value: branch('e') },
        }),
      ],
      initializers: [floatTensor('w', [1], [2])],
    });
    await document.transform(prune());
    expect([...document.graph.initializers.keys()]).toEqual(['w']);
    for (const graph of [...document.graphs()].slice(1)) {
      expect(graph.nodes.map((node) => node.opType)).toEqual(['Neg']);
      expect(graph.initializers.size).toBe(0);
    }
    await runBits(document);
  });

  it('keeps a node of an unknown domain, also inside a function, and the call of that function', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [1])],
      outputs: [buildValue('y', [1])],
      nodes: [
        createNode('Abs', ['x'], ['y']),
        inDomain('f', createNode('Pure', ['x'], ['p'])),
        inDomain('f', createNode('Logs', ['x'], ['l'])),
        inDomain('f', createNode('CallsLogs', ['x'], ['m'])),
      ],
    });
    const body = (name: string, node: Node) => ({ name, domain: 'f', inputs: ['a'], outputs: ['b'], nodes: [node] });
    document.functions.push(
      body('CallsLogs', inDomain('f', createNode('Logs', ['a'], ['b']))),
      body('Pure', createNode('Neg', ['a'], ['b'])),
      body('Logs', inDomain('custom', createNode('Log', ['a'], ['b']))),
    );
    await document.transform(prune());
    expect(document.graph.nodes.map((node) => node.opType)).toEqual(['Abs', 'Logs', 'CallsLogs']);
    expect(document.functions.map((it) => it.name)).toEqual(['CallsLogs', 'Logs']);
  });

  it('removes functions that only unused functions call, and dead nodes inside those that stay', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [1])],
      outputs: [buildValue('y', [1])],
      nodes: [inDomain('f', createNode('Used', ['x'], ['y']))],
    });
    document.functions.push(
      { name: 'A', domain: 'f', inputs: ['a'], outputs: ['b'], nodes: [inDomain('f', createNode('B', ['a'], ['b']))] },
      { name: 'B', domain: 'f', inputs: ['a'], outputs: ['b'], nodes: [createNode('Neg', ['a'], ['b'])] },
      {
        name: 'Used',
        domain: 'f',
        inputs: ['a'],
        outputs: ['b'],
        nodes: [createNode('Neg', ['a'], ['b']), createNode('Abs', ['a'], ['dead'])],
      },
    );
    document.opsets.set('f', 1);
    await document.transform(prune());
    expect(document.functions.map(({ name, nodes }) => [name, nodes.length])).toEqual([['Used', 1]]);
    await runBits(document);
  });

  it('takes an unused initializer out of the inputs before IR 4 only, where it had to be one', async () => {
    for (const [irVersion, left] of [
      [3, ['x']],
      [4, ['x', 'w']],
    ] as const) {
      const document = buildDocument({
        irVersion,
        opset: 9,
        inputs: [buildValue('x', [1]), buildValue('w', [1])],
        outputs: [buildValue('y', [1])],
        nodes: [createNode('Abs', ['x'], ['y'])],
        initializers: [floatTensor('w', [1], [1])],
      });
      await document.transform(prune());
      expect(document.graph.inputs.map((input) => input.name)).toEqual(left);
    }
  });
});
