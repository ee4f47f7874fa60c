import { createNode, DataType, Document, type Graph, type Node, Tensor, type Value } from '../src/core/index.js';
import { BatchNorm, Conv, Dense, Flatten, type Layer, MaxPool, Relu } from './layers.js';
import { Embedding, Lstm } from './recurrent.js';
import type { NamedLayer } from './train.js';

const IR_VERSION = 8;
const OPSET = 13;

/** A chain of layers as an ONNX model, `input` → logits [batch, classes], weights in float32. */
export function exportChain(name: string, chain: readonly NamedLayer[], input: Value, classes: number): Document {
  const document = new Document();
  document.irVersion = IR_VERSION;
  document.opsets.set('', OPSET);
  const { graph } = document;
  graph.name = name;
  graph.inputs = [input];
  graph.outputs = [{ name: 'logits', dataType: DataType.FLOAT, dims: ['batch', classes] }];
  let edge = input.name;
  for (const { name: node, layer } of chain) {
    graph.nodes.push(...nodesOf(layer, node, edge, graph));
    edge = node;
  }
  graph.nodes.at(-1)!.outputs = ['logits'];
  return document;
}

/** The operators of one layer; its weights go into `graph`, its result is called `name`. */
function nodesOf(layer: Layer, name: string, input: string, graph: Graph): Node[] {
  const weights = (field: string, dims: readonly number[], values: Float64Array): string =>
    addTensor(graph, Tensor.fromFloat32(`${name}.${field}`, dims, Float32Array.from(values)));
  if (layer instanceof Conv) {
    const weight = weights('weight', [layer.outputs, layer.inputs, 3, 3], layer.weight.value);
    return [createNode('Conv', [input, weight], [name], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }, name)];
  }
  if (layer instanceof BatchNorm) {
    const fields = { scale: layer.scale.value, bias: layer.bias.value, mean: layer.mean, variance: layer.variance };
    const names = Object.entries(fields).map(([field, v]) => weights(field, [v.length], v));
    const epsilon = { kind: 'float', value: layer.epsilon } as const;
    return [createNode('BatchNormalization', [input, ...names], [name], { epsilon }, name)];
  }
  if (layer instanceof Dense) {
    const weight = weights('weight', [layer.outputs, layer.inputs], layer.weight.value);
    const bias = weights('bias', [layer.outputs], layer.bias.value);
    return [createNode('Gemm', [input, weight, bias], [name], { transB: { kind: 'int', value: 1n } }, name)];
  }
  if (layer instanceof MaxPool) {
    return [createNode('MaxPool', [input], [name], { kernel_shape: ints(2, 2), strides: ints(2, 2) }, name)];
  }
  if (layer instanceof Flatten) return [createNode('Flatten', [input], [name], {}, name)];
  if (layer instanceof Relu) return [createNode('Relu', [input], [name], {}, name)];
  if (layer instanceof Embedding) {
    const table = weights('weight', [layer.tokens, layer.width], layer.table.value);
    return [createNode('Gather', [table, input], [name], {}, name)];
  }
  if (layer instanceof Lstm) return lstmNodes(layer, name, input, graph, weights);
  throw new Error(`No ONNX operator for ${layer.constructor.name}`);
}

/** [batch, length, inputs] → Transpose → LSTM, whose Y_h is [1, batch, width] → Squeeze. */
function lstmNodes(
  layer: Lstm,
  name: string,
  input: string,
  graph: Graph,
  weights: (field: string, dims: readonly number[], values: Float64Array) => string,
): Node[] {
  const { inputs, width } = layer;
  const weight = weights('weight', [1, 4 * width, inputs], layer.weight.value);
  const recurrence = weights('recurrence', [1, 4 * width, width], layer.recurrence.value);
  // ONNX has a second bias, for the recurrence.
  const biases = new Float64Array(8 * width);
  biases.set(layer.bias.value);
  const bias = weights('bias', [1, 8 * width], biases);
  const axes = addTensor(graph, new Tensor(`${name}.axes`, DataType.INT64, [1], new Uint8Array(8)));
  return [
    createNode('Transpose', [input], [`${name}.steps`], { perm: ints(1, 0, 2) }, `${name}.steps`),
    createNode(
      'LSTM',
      [`${name}.steps`, weight, recurrence, bias],
      ['', `${name}.last`],
      { hidden_size: { kind: 'int', value: BigInt(width) } },
      `${name}.last`,
    ),
    createNode('Squeeze', [`${name}.last`, axes], [name], {}, name),
  ];
}

function addTensor(graph: Graph, tensor: Tensor): string {
  graph.initializers.set(tensor.name, tensor);
  return tensor.name;
}

function ints(...values: number[]): { kind: 'ints'; value: bigint[] } {
  return { kind: 'ints', value: values.map(BigInt) };
}
