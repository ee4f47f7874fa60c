import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  createGraph,
  createNode,
  DataType,
  Document,
  type Graph,
  isWringError,
  type Node,
  readBytes,
  Tensor,
} from '../../src/core/index.js';
import { coverage, listWeights, readFinite } from '../../src/methods/weights.js';

function tensor(name: string, ...dims: number[]): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.fromFloat32(
    name,
    dims,
    Float32Array.from({ length }, (_, i) => i / 8),
  );
}

function int64(name: string, ...values: number[]): Tensor {
  return new Tensor(name, DataType.INT64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

function graphOf(nodes: Node[], ...initializers: Tensor[]): Graph {
  const graph = createGraph('g');
  graph.nodes = nodes;
  for (const initializer of initializers) graph.initializers.set(initializer.name, initializer);
  return graph;
}

function documentOf(nodes: Node[], ...initializers: Tensor[]): Document {
  const document = new Document();
  document.graph = graphOf(nodes, ...initializers);
  return document;
}

const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
const ints = (...values: number[]): AttributeValue => ({ kind: 'ints', value: values.map(BigInt) });

/** name → role axis, sorted by name */
function summary(document: Document, options = {}): Record<string, string> {
  return Object.fromEntries(listWeights(document, options).map(({ name, role, axis }) => [name, `${role} ${axis}`]));
}

describe('listWeights', () => {
  it.each<[string, Node, Record<string, number[]>, Record<string, string>]>([
    ['Conv', createNode('Conv', ['x', 'w', 'b'], ['y']), { w: [4, 3, 3, 3], b: [4] }, { w: 'weight 0', b: 'bias 0' }],
    ['ConvTranspose', createNode('ConvTranspose', ['x', 'w'], ['y']), { w: [3, 4, 2, 2] }, { w: 'weight 1' }],
    ['Gemm', createNode('Gemm', ['x', 'w', 'b'], ['y']), { w: [3, 4], b: [4] }, { w: 'weight 1', b: 'bias 0' }],
    ['Gemm, transposed', createNode('Gemm', ['x', 'w'], ['y'], { transB: int(1) }), { w: [4, 3] }, { w: 'weight 0' }],
    ['MatMul, right', createNode('MatMul', ['x', 'w'], ['y']), { w: [2, 3, 4] }, { w: 'weight 2' }],
    ['MatMul, left', createNode('MatMul', ['w', 'x'], ['y']), { w: [4, 3] }, { w: 'weight 0' }],
    ['Gather', createNode('Gather', ['w', 'i'], ['y']), { w: [100, 8] }, { w: 'embedding 0' }],
    [
      'LSTM',
      createNode('LSTM', ['x', 'w', 'r', 'b', '', 'h'], ['y']),
      { w: [1, 8, 3], r: [1, 8, 2], b: [1, 16], h: [1, 1, 2] },
      { w: 'weight 1', r: 'weight 1', b: 'bias 1', h: 'other -1' },
    ],
    [
      'GRU',
      createNode('GRU', ['x', 'w', 'r'], ['y']),
      { w: [1, 6, 3], r: [1, 6, 2] },
      { w: 'weight 1', r: 'weight 1' },
    ],
    [
      'BatchNormalization',
      createNode('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y']),
      { s: [4], b: [4], m: [4], v: [4] },
      { s: 'norm 0', b: 'norm 0', m: 'norm 0', v: 'norm 0' },
    ],
    ['LayerNormalization', createNode('LayerNormalization', ['x', 's'], ['y']), { s: [4] }, { s: 'norm 0' }],
    ['PRelu', createNode('PRelu', ['x', 's'], ['y']), { s: [4, 1, 1] }, { s: 'other -1' }],
    ['Mul', createNode('Mul', ['x', 's'], ['y']), { s: [4] }, { s: 'other -1' }],
    ['Add of a table', createNode('Add', ['x', 's'], ['y']), { s: [1, 9, 32] }, { s: 'embedding -1' }],
    ['Add of anchors', createNode('Add', ['x', 's'], ['y']), { s: [1, 9, 4] }, { s: 'other -1' }],
    ['Dequantize scale', createNode('DequantizeLinear', ['q', 's'], ['y']), { s: [4] }, { s: 'other -1' }],
  ])('knows the operands of %s', (_, node, tensors, expected) => {
    const initializers = Object.entries(tensors).map(([name, dims]) => tensor(name, ...dims));
    expect(summary(documentOf([node], ...initializers))).toEqual(expected);
  });

  it('leaves quantized weights out', () => {
    const quantized = new Tensor('q', DataType.INT8, [2, 2], new Uint8Array(4));
    expect(listWeights(documentOf([createNode('ConvInteger', ['x', 'q'], ['y'])], quantized))).toEqual([]);
  });

  it('calls what is added to a linear layer its bias', () => {
    const nodes = [createNode('MatMul', ['x', 'w'], ['a']), createNode('Add', ['b', 'a'], ['y'])];
    expect(summary(documentOf(nodes, tensor('w', 3, 4), tensor('b', 4)))).toEqual({ w: 'weight 1', b: 'bias 0' });
  });

  it('follows Identity, Cast, Transpose and Reshape with the axis', () => {
    const nodes = [
      createNode('Identity', ['w'], ['a']),
      createNode('Cast', ['a'], ['b'], { to: int(1) }),
      createNode('Transpose', ['b'], ['c'], { perm: ints(1, 0) }),
      createNode('Reshape', ['c', 'shape'], ['d']),
      createNode('Conv', ['x', 'd'], ['y']),
    ];
    // [5, 6] → [6, 5] → [6, 5, 1, 1], output channels first: axis 1 of w.
    const document = documentOf(nodes, tensor('w', 5, 6), int64('shape', 0, -1, 1, 1));
    expect(summary(document)).toEqual({ w: 'weight 1' });
    expect(listWeights(document)[0].uses.map((use) => use.node.opType)).toEqual(['Conv']);
  });

  it('gives no axis when a Reshape mixes it with another', () => {
    const nodes = [createNode('Reshape', ['w', 'shape'], ['a']), createNode('MatMul', ['x', 'a'], ['y'])];
    expect(summary(documentOf(nodes, tensor('w', 2, 3, 4), int64('shape', 6, 4)))).toEqual({ w: 'weight 2' });
    expect(summary(documentOf(nodes, tensor('w', 2, 3, 4), int64('shape', 2, 12)))).toEqual({ w: 'weight -1' });
  });

  it('lists a tied weight once, with all its users and the stronger role', () => {
    const nodes = [
      createNode('Gather', ['w', 'i'], ['e']),
      createNode('Transpose', ['w'], ['t']),
      createNode('MatMul', ['e', 't'], ['y']),
    ];
    const [ref, ...others] = listWeights(documentOf(nodes, tensor('w', 50, 8)));
    expect(others).toEqual([]);
    expect([ref.role, ref.axis, ref.uses.length]).toEqual(['weight', 0, 2]);
  });

  it('finds Constant nodes of every spelling, and changing one makes it a tensor', () => {
    const constants = [
      createNode('Constant', [], ['a'], { value: { kind: 'tensor', value: tensor('', 3, 4) } }),
      createNode('Constant', [], ['b'], { value_floats: { kind: 'floats', value: [1, 2, 3, 4] } }),
      createNode('Constant', [], ['c'], { value_float: { kind: 'float', value: 3 } }),
      createNode('Constant', [], ['d'], { value_int: int(3) }),
    ];
    const users = [createNode('Gemm', ['x', 'a', 'b'], ['y']), createNode('Mul', ['y', 'c'], ['z'])];
    const document = documentOf([...constants, ...users]);
    expect(summary(document)).toEqual({ a: 'weight 1', b: 'bias 0', c: 'other -1' });
    const b = listWeights(document)[1].tensor;
    expect([...constants[1].attributes.keys()], 'listing changes nothing').toEqual(['value_floats']);
    expect(listWeights(document)[1].tensor, 'the same tensor again').toBe(b);
    b.setCoding({ kind: 'codebook', codebook: { values: Float32Array.of(1, 4) }, codes: Uint16Array.of(0, 0, 1, 1) });
    expect([...constants[1].attributes.entries()]).toEqual([['value', { kind: 'tensor', value: b }]]);
    expect(listWeights(document)[1].tensor).toBe(b);
    expect([...new Float32Array(readBytes(b.source).buffer)]).toEqual([1, 1, 4, 4]);
  });

  it('sees subgraph bodies, their own weights and those of the graph around them', () => {
    const inner = graphOf(
      [createNode('MatMul', ['x', 'outer'], ['a']), createNode('Gemm', ['a', 'own'], ['y'])],
      tensor('own', 4, 2),
    );
    const nodes = [createNode('Loop', ['n', 'c', 'x'], ['z'], { body: { kind: 'graph', value: inner } })];
    expect(summary(documentOf(nodes, tensor('outer', 3, 4)))).toEqual({ outer: 'weight 1', own: 'weight 1' });
  });

  it('sees function bodies, and what a call hands to them', () => {
    const document = documentOf([{ ...createNode('Linear', ['x', 'w'], ['y']), domain: 'my' }], tensor('w', 4, 3));
    document.functions.push({
      name: 'Linear',
      domain: 'my',
      inputs: ['a', 'b'],
      outputs: ['c'],
      nodes: [
        createNode('Constant', [], ['k'], { value: { kind: 'tensor', value: tensor('', 4) } }),
        createNode('Gemm', ['a', 'b', 'k'], ['c'], { transB: int(1) }),
      ],
    });
    expect(summary(document)).toEqual({ w: 'weight 0', k: 'bias 0' });
    expect(listWeights(document).map((ref) => ref.uses.length)).toEqual([1, 1]);
  });

  it('chooses by role', () => {
    const nodes = [createNode('Gemm', ['x', 'w', 'b'], ['y'])];
    expect(summary(documentOf(nodes, tensor('w', 3, 4), tensor('b', 4)), { roles: ['bias'] })).toEqual({ b: 'bias 0' });
  });
});

describe('ignoredScope', () => {
  const document = documentOf(
    [
      createNode('Conv', ['x', 'features.0.weight'], ['a'], {}, 'first'),
      createNode('Gemm', ['a', 'head.weight'], ['y'], {}, 'last'),
    ],
    tensor('features.0.weight', 4, 3, 1, 1),
    tensor('head.weight', 4, 2),
  );

  it.each([
    [{ names: ['head.weight'] }, ['features.0.weight']],
    [{ names: ['last'] }, ['features.0.weight']],
    [{ names: ['/^HEAD\\./i'] }, ['features.0.weight']],
    [{ types: ['Conv'] }, ['head.weight']],
    [{ names: ['/weight$/'] }, []],
  ])('%j leaves %j', (ignoredScope, names) => {
    expect(listWeights(document, { ignoredScope }).map((ref) => ref.name)).toEqual(names);
  });

  it('names the entries that match nothing', () => {
    const attempt = () => listWeights(document, { ignoredScope: { names: ['head.weight', 'tail'], types: ['LSTM'] } });
    expect(attempt).toThrow(/"tail", "LSTM"/);
    expect(() => listWeights(document, { ignoredScope: { names: ['/(/'] } })).toThrow(
      /"\/\(\/" is no regular expression/,
    );
  });
});

describe('coverage', () => {
  it('counts float bytes and names the rest, largest first', () => {
    const sparse = { values: tensor('s', 5), indices: int64('i', 0, 1, 2, 3, 4), dims: [10] };
    const document = documentOf(
      [
        createNode('Gemm', ['x', 'w', 'b'], ['y']),
        createNode('ConstantOfShape', ['n'], ['z'], { value: { kind: 'tensor', value: tensor('fill', 1) } }),
      ],
      tensor('w', 3, 4),
      tensor('b', 4),
      int64('n', 2),
    );
    document.graph.sparseInitializers.push(sparse);
    const report = coverage(document, listWeights(document, { roles: ['weight'] }));
    expect(report).toEqual({
      floatBytes: 48 + 16 + 20 + 4,
      coveredBytes: 48,
      share: 48 / 88,
      rest: [
        { name: 's', byteLength: 20 },
        { name: 'b', byteLength: 16 },
        { name: 'fill', byteLength: 4 },
      ],
    });
    expect(coverage(new Document(), []).share).toBe(1);
  });
});

describe('readFinite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('names the element that is %s', (value) => {
    const bad = Tensor.fromFloat32('conv.weight', [3], Float32Array.of(1, value, Number.NaN));
    const attempt = () => readFinite(bad);
    expect(attempt).toThrow(/"conv\.weight": element 1 .*ignoredScope/);
    try {
      attempt();
    } catch (error) {
      expect(isWringError(error, 'E_NOT_FINITE')).toBe(true);
    }
  });
});
