import {
  createGraph,
  createNode,
  type DataType,
  DataType as DataTypes,
  type Dimension,
  Document,
  type Node,
  Random,
  Tensor,
  type Value,
} from '../../src/core/index.js';

export interface DocumentParts {
  readonly inputs?: readonly Value[];
  readonly outputs?: readonly Value[];
  readonly nodes?: readonly Node[];
  readonly initializers?: readonly Tensor[];
  readonly opset?: number;
  readonly irVersion?: number;
}

/** A document of the given parts; opset 17 and IR version 8 unless said. */
export function buildDocument(parts: DocumentParts): Document {
  const document = new Document();
  document.irVersion = parts.irVersion ?? 8;
  document.opsets.set('', parts.opset ?? 17);
  document.graph = createGraph('test');
  document.graph.inputs.push(...(parts.inputs ?? []));
  document.graph.outputs.push(...(parts.outputs ?? []));
  document.graph.nodes.push(...(parts.nodes ?? []));
  for (const tensor of parts.initializers ?? []) document.graph.initializers.set(tensor.name, tensor);
  return document;
}

export function buildValue(name: string, dims: readonly Dimension[], dataType: DataType = DataTypes.FLOAT): Value {
  return { name, dataType, dims };
}

/** A FLOAT tensor of about N(0, scale²). */
export function normalTensor(name: string, dims: readonly number[], seed = 1, scale = 1): Tensor {
  const random = new Random(seed);
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < values.length; i++) values[i] = scale * random.normal();
  return Tensor.fromFloat32(name, dims, values);
}

export function floatTensor(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  return Tensor.fromFloat32(name, dims, Float32Array.from(values));
}

export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  const numbers = BigInt64Array.from(values, BigInt);
  return new Tensor(name, DataTypes.INT64, dims, new Uint8Array(numbers.buffer));
}

/**
 * x [N, 3, 8, 8] → Conv 3→4, 3×3, same → BatchNormalization → Relu → GlobalAveragePool → Flatten → Gemm 4→5 → y [N, 5].
 * Initializers: conv.w conv.b bn.scale bn.bias bn.mean bn.var fc.w fc.b.
 */
export function buildConvNet(seed = 1): Document {
  return buildDocument({
    inputs: [buildValue('x', ['N', 3, 8, 8])],
    outputs: [buildValue('y', ['N', 5])],
    nodes: [
      createNode('Conv', ['x', 'conv.w', 'conv.b'], ['c'], { pads: { kind: 'ints', value: [1n, 1n, 1n, 1n] } }),
      createNode('BatchNormalization', ['c', 'bn.scale', 'bn.bias', 'bn.mean', 'bn.var'], ['n']),
      createNode('Relu', ['n'], ['r']),
      createNode('GlobalAveragePool', ['r'], ['g']),
      createNode('Flatten', ['g'], ['f']),
      createNode('Gemm', ['f', 'fc.w', 'fc.b'], ['y'], { transB: { kind: 'int', value: 1n } }),
    ],
    initializers: [
      normalTensor('conv.w', [4, 3, 3, 3], seed, 0.2),
      normalTensor('conv.b', [4], seed + 1, 0.1),
      floatTensor('bn.scale', [4], [1, 0.5, 2, 1.5]),
      floatTensor('bn.bias', [4], [0, 0.25, -0.5, 1]),
      floatTensor('bn.mean', [4], [0.1, -0.2, 0, 0.3]),
      floatTensor('bn.var', [4], [1, 0.5, 2, 0.25]),
      normalTensor('fc.w', [5, 4], seed + 2, 0.5),
      normalTensor('fc.b', [5], seed + 3, 0.1),
    ],
  });
}

/**
 * tokens int32 [N, 8] → Gather of [24, 32] → Transpose → LSTM, 40 wide → Squeeze → Gemm → y [N, 5]. Initializers:
 * embedding lstm.w lstm.r lstm.b axes fc.w fc.b.
 */
export function buildRecurrent(seed = 1): Document {
  return buildDocument({
    inputs: [buildValue('tokens', ['N', 8], DataTypes.INT32)],
    outputs: [buildValue('y', ['N', 5])],
    nodes: [
      createNode('Gather', ['embedding', 'tokens'], ['e']),
      createNode('Transpose', ['e'], ['steps'], { perm: { kind: 'ints', value: [1n, 0n, 2n] } }),
      createNode('LSTM', ['steps', 'lstm.w', 'lstm.r', 'lstm.b'], ['', 'last'], {
        hidden_size: { kind: 'int', value: 40n },
      }),
      createNode('Squeeze', ['last', 'axes'], ['h']),
      createNode('Gemm', ['h', 'fc.w', 'fc.b'], ['y'], { transB: { kind: 'int', value: 1n } }),
    ],
    initializers: [
      normalTensor('embedding', [24, 32], seed, 0.5),
      normalTensor('lstm.w', [1, 160, 32], seed + 1, 0.2),
      normalTensor('lstm.r', [1, 160, 40], seed + 2, 0.2),
      normalTensor('lstm.b', [1, 320], seed + 3, 0.1),
      int64Tensor('axes', [1], [0]),
      normalTensor('fc.w', [5, 40], seed + 4, 0.5),
      normalTensor('fc.b', [5], seed + 5, 0.1),
    ],
  });
}

/** x [N, sizes[0]] → Gemm → Relu → Gemm … → y; initializers w0 b0 w1 b1 …, weights [out, in]. */
export function buildMlp(sizes: readonly number[], seed = 1): Document {
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  let edge = 'x';
  for (let i = 0; i + 1 < sizes.length; i++) {
    const last = i + 2 === sizes.length;
    initializers.push(normalTensor(`w${i}`, [sizes[i + 1], sizes[i]], seed + 2 * i, 1 / Math.sqrt(sizes[i])));
    initializers.push(normalTensor(`b${i}`, [sizes[i + 1]], seed + 2 * i + 1, 0.1));
    const out = last ? 'y' : `h${i}`;
    nodes.push(createNode('Gemm', [edge, `w${i}`, `b${i}`], [out], { transB: { kind: 'int', value: 1n } }));
    if (!last) nodes.push(createNode('Relu', [out], [`r${i}`]));
    edge = `r${i}`;
  }
  return buildDocument({
    inputs: [buildValue('x', ['N', sizes[0]])],
    outputs: [buildValue('y', ['N', sizes.at(-1)!])],
    nodes,
    initializers,
  });
}
