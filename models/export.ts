import { createNode, DataType, Document, type Node, Tensor } from '../src/core/index.js';
import { BatchNorm, Conv, Dense, Flatten, type Layer, MaxPool, Relu } from './layers.js';
import type { NamedLayer } from './train.js';

const IR_VERSION = 8;
const OPSET = 13;

/** A chain of layers as an ONNX model, image [batch, 1, size, size] → logits [batch, classes], weights in float32. */
export function exportChain(name: string, chain: readonly NamedLayer[], size: number, classes: number): Document {
  const document = new Document();
  document.irVersion = IR_VERSION;
  document.opsets.set('', OPSET);
  const { graph } = document;
  graph.name = name;
  const addTensor: AddTensor = (tensorName, dims, values) => {
    graph.initializers.set(tensorName, Tensor.fromFloat32(tensorName, dims, Float32Array.from(values)));
    return tensorName;
  };
  let edge = 'image';
  chain.forEach((link, i) => {
    const node = nodeOf(link.layer, link.name, edge, addTensor);
    edge = i === chain.length - 1 ? 'logits' : link.name;
    node.outputs = [edge];
    graph.nodes.push(node);
  });
  graph.inputs = [{ name: 'image', dataType: DataType.FLOAT, dims: ['batch', 1, size, size] }];
  graph.outputs = [{ name: 'logits', dataType: DataType.FLOAT, dims: ['batch', classes] }];
  return document;
}

/** Stores an initializer and returns its name. */
type AddTensor = (name: string, dims: readonly number[], values: Float64Array) => string;

function nodeOf(layer: Layer, name: string, input: string, addTensor: AddTensor): Node {
  if (layer instanceof Conv) {
    const weight = addTensor(`${name}.weight`, [layer.outputs, layer.inputs, 3, 3], layer.weight.value);
    return createNode('Conv', [input, weight], [], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }, name);
  }
  if (layer instanceof BatchNorm) {
    const fields = { scale: layer.scale.value, bias: layer.bias.value, mean: layer.mean, variance: layer.variance };
    const names = Object.entries(fields).map(([field, v]) => addTensor(`${name}.${field}`, [v.length], v));
    const epsilon = { kind: 'float', value: layer.epsilon } as const;
    return createNode('BatchNormalization', [input, ...names], [], { epsilon }, name);
  }
  if (layer instanceof Dense) {
    const weight = addTensor(`${name}.weight`, [layer.outputs, layer.inputs], layer.weight.value);
    const bias = addTensor(`${name}.bias`, [layer.outputs], layer.bias.value);
    return createNode('Gemm', [input, weight, bias], [], { transB: { kind: 'int', value: 1n } }, name);
  }
  if (layer instanceof MaxPool) {
    return createNode('MaxPool', [input], [], { kernel_shape: ints(2, 2), strides: ints(2, 2) }, name);
  }
  if (layer instanceof Flatten) return createNode('Flatten', [input], [], {}, name);
  if (layer instanceof Relu) return createNode('Relu', [input], [], {}, name);
  throw new Error(`No ONNX operator for ${layer.constructor.name}`);
}

function ints(...values: number[]): { kind: 'ints'; value: bigint[] } {
  return { kind: 'ints', value: values.map(BigInt) };
}
