import { describe, expect, it } from 'vitest';
import { createNode, type Node } from '../../src/core/index.js';
import { listLayers } from '../../src/posterior/layer-probe.js';
import { pathDepths } from '../../src/posterior/network-slice.js';
import { shortcutsOf } from '../../src/posterior/shortcuts.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';

/** By the weight of each layer, what is added to its output. */
function shortcuts(nodes: Node[], outputs = ['y']): Record<string, string> {
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 4])],
    outputs: outputs.map((name) => buildValue(name, ['N', 4])),
    nodes,
    initializers: ['a', 'b', 'c'].map((name, i) => normalTensor(name, [4, 4], i)).concat(normalTensor('bias', [4], 9)),
  });
  const weights = new Set(['a', 'b', 'c'].map((name) => document.graph.initializers.get(name)!));
  const layers = listLayers(document, weights);
  const found = shortcutsOf(document, pathDepths(document, layers));
  return Object.fromEntries([...found].map(([{ tensor }, name]) => [tensor.name, name]));
}

const product = (x: string, weight: string, y: string) => createNode('MatMul', [x, weight], [y]);

describe('shortcutsOf', () => {
  it('finds what is added to a layer, from either side and behind its bias', () => {
    const left = [product('x', 'a', 'p'), product('p', 'b', 'q'), createNode('Add', ['q', 'p'], ['y'])];
    const right = [product('x', 'a', 'p'), product('p', 'b', 'q'), createNode('Add', ['p', 'q'], ['y'])];
    const behind = [
      product('x', 'a', 'p'),
      product('p', 'b', 'q'),
      createNode('Add', ['bias', 'q'], ['r']),
      createNode('Add', ['r', 'p'], ['y']),
    ];
    for (const nodes of [left, right, behind]) expect(shortcuts(nodes)).toEqual({ b: 'p' });
  });

  it('leaves the making up to the later one of two layers', () => {
    expect(
      shortcuts([
        product('x', 'a', 'p'),
        product('p', 'b', 'q'),
        product('x', 'c', 's'),
        createNode('Add', ['q', 's'], ['y']),
      ]),
    ).toEqual({ b: 's' });
  });

  it('leaves out a product that counts with a factor', () => {
    const scaled = (alpha: number) => {
      const attributes = { alpha: { kind: 'float', value: alpha } } as const;
      return shortcuts([
        product('x', 'a', 'p'),
        createNode('Gemm', ['p', 'b', 'bias'], ['q'], attributes),
        createNode('Add', ['q', 'p'], ['y']),
      ]);
    };
    expect(scaled(1)).toEqual({ b: 'p' });
    expect(scaled(0.5)).toEqual({});
  });

  it('finds none where both sides come at once, or the output is read elsewhere, too', () => {
    const both = [product('x', 'a', 'p'), product('x', 'b', 'q'), createNode('Add', ['p', 'q'], ['y'])];
    expect(shortcuts(both)).toEqual({});
    const read = [product('x', 'a', 'p'), product('p', 'b', 'q'), createNode('Add', ['q', 'p'], ['y'])];
    expect(shortcuts([...read, createNode('Relu', ['q'], ['z'])], ['y', 'z'])).toEqual({});
    expect(shortcuts(read, ['y', 'q'])).toEqual({});
    const twice = [product('x', 'a', 'p'), createNode('Add', ['p', 'p'], ['y'])];
    expect(shortcuts(twice)).toEqual({});
  });
});
