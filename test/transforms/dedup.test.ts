import { describe, expect, it } from 'vitest';
import { createGraph, createNode, DataType, Tensor } from '../../src/core/index.js';
import { dedup, prune } from '../../src/transforms/index.js';
import { buildDocument, buildMlp, buildValue, floatTensor, normalTensor } from '../helpers/build.js';
import { runBits } from '../helpers/runtime.js';

describe('dedup', () => {
  it('makes one of equal initializers and Constants, and the outputs stay', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [300])],
      outputs: [buildValue('y', [300]), buildValue('z', [300])],
      nodes: [
        createNode('Constant', [], ['k'], { value: { kind: 'tensor', value: normalTensor('', [300], 5) } }),
        createNode('Add', ['x', 'a'], ['s']),
        createNode('Mul', ['s', 'b'], ['y']),
        createNode('Sub', ['x', 'k'], ['z']),
      ],
      initializers: [normalTensor('a', [300], 5), normalTensor('b', [300], 5), normalTensor('c', [300], 6)],
    });
    const expected = await runBits(document);
    await document.transform(dedup(), prune());
    expect([...document.graph.initializers.keys()]).toEqual(['a']);
    expect(document.graph.nodes.map((node) => node.inputs)).toEqual([
      ['x', 'a'],
      ['s', 'a'],
      ['x', 'a'],
    ]);
    expect(await runBits(document)).toEqual(expected);
  });

  it('tells apart what differs in type, in shape, in one last bit, or in the sign of zero', async () => {
    const first = floatTensor('a', [64], Array(64).fill(1));
    const last = floatTensor('b', [64], [...Array(63).fill(1), 1 + 2 ** -23]);
    const others = [
      floatTensor('c', [8, 8], Array(64).fill(1)),
      new Tensor('d', DataType.INT32, [64], first.bytes()),
      floatTensor('e', [1], [0]),
      floatTensor('f', [1], [-0]),
    ];
    const document = buildDocument({ initializers: [first, last, ...others] });
    await document.transform(dedup());
    expect([...document.graph.initializers.keys()]).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('leaves graph outputs, inputs with a default, and coded tensors alone', async () => {
    const coded = normalTensor('coded', [4]);
    coded.setCoding({ kind: 'grid', scales: Float32Array.of(1), axis: 0, codes: Int16Array.of(1, 1, 1, 1) });
    const document = buildDocument({
      inputs: [buildValue('default', [4])],
      outputs: [buildValue('out', [4]), buildValue('y', [4])],
      nodes: [createNode('Add', ['kept', 'default'], ['y'])],
      initializers: ['kept', 'default', 'out'].map((name) => floatTensor(name, [4], [1, 1, 1, 1])),
    });
    document.graph.initializers.set('coded', coded);
    const expected = await runBits(document);
    await document.transform(dedup());
    expect([...document.graph.initializers.keys()].sort()).toEqual(['coded', 'default', 'kept', 'out']);
    expect(await runBits(document)).toEqual(expected);
  });

  it('renames what branches read from outside, but not what they define themselves', async () => {
    const branch = (name: string, own: boolean) => {
      const graph = createGraph(name);
      const read = own ? `${name}.b` : 'b';
      if (own) graph.initializers.set(read, floatTensor(read, [2], [7, 7]));
      graph.nodes.push(createNode('Neg', [read], [`${name}.y`]));
      graph.outputs.push(buildValue(`${name}.y`, [2]));
      return graph;
    };
    const document = buildDocument({
      inputs: [buildValue('c', [], DataType.BOOL)],
      outputs: [buildValue('y', [2]), buildValue('z', [2])],
      nodes: [
        createNode('Abs', ['a'], ['z']),
        createNode('If', ['c'], ['y'], {
          then_branch: { kind: 'graph', value: branch('t', false) },
          else_branch: { kind: 'graph', value: branch('e', true) },
        }),
      ],
      initializers: [floatTensor('a', [2], [1, 2]), floatTensor('b', [2], [1, 2])],
    });
    const expected = await Promise.all([1, 2, 3].map((seed) => runBits(document, { seed })));
    await document.transform(dedup());
    const [, then, otherwise] = document.graphs();
    expect([then.nodes[0].inputs, otherwise.nodes[0].inputs]).toEqual([['a'], ['e.b']]);
    expect(await Promise.all([1, 2, 3].map((seed) => runBits(document, { seed })))).toEqual(expected);
  });

  it('ties what was tied, also before IR 4, where a constant is an input as well', async () => {
    const document = buildMlp([8, 8, 8]);
    document.irVersion = 3;
    document.graph.initializers.set('w1', document.graph.initializers.get('w0')!);
    for (const { name, dims } of document.graph.initializers.values()) {
      if (!document.graph.inputs.some((input) => input.name === name))
        document.graph.inputs.push(buildValue(name, dims));
    }
    const twin = normalTensor('w1', [8, 8], 1, 1 / Math.sqrt(8));
    document.graph.initializers.set('w1', twin);
    document.graph.inputs.push(buildValue('w1', [8, 8]));
    const expected = await runBits(document);
    await document.transform(dedup());
    expect(document.graph.inputs.map((input) => input.name)).toEqual(['x', 'w0', 'b0', 'b1']);
    expect(await runBits(document)).toEqual(expected);
  });
});
