import type { Attribute, FunctionBody, Graph, Node } from '../core/index.js';
import type { onnx } from './generated/onnx.js';
import { numberToLong, restore, setText } from './messages.js';
import type { PreservedFunction, PreservedGraph, PreservedNode } from './preserved.js';
import { normalizeDomain } from './read-graph.js';
import { joinShadowed } from './shadowed.js';
import { writeValueInfo } from './value-type.js';
import { writeAttribute } from './write-attribute.js';
import { type WriteContext, writeSparseTensor, writeTensor } from './write-tensor.js';

export function writeGraph(graph: Graph, context: WriteContext): onnx.GraphProto.$Properties {
  const preserved = graph.preserved as PreservedGraph | undefined;
  const message = restore(preserved?.message);
  setText(message, 'name', graph.name);
  message.node = graph.nodes.map((node) => writeNode(node, context));
  const initializers = joinShadowed(graph.initializers, preserved?.hidden);
  message.initializer = initializers.map(([, tensor]) => writeTensor(tensor, context));
  message.sparseInitializer = graph.sparseInitializers.map((tensor) => writeSparseTensor(tensor, context));
  message.input = graph.inputs.map(writeValueInfo);
  message.output = graph.outputs.map(writeValueInfo);
  message.valueInfo = graph.values.map(writeValueInfo);
  return message;
}

/** @param opsets of the model, for a function that was never in a file and names none of its own */
export function writeFunction(
  body: FunctionBody,
  context: WriteContext,
  opsets: ReadonlyMap<string, number>,
): onnx.FunctionProto.$Properties {
  const preserved = body.preserved as PreservedFunction | undefined;
  const message = restore(preserved?.message);
  setText(message, 'name', body.name);
  setText(message, 'domain', body.domain);
  if (!preserved) {
    message.input = [...(body.inputs ?? [])];
    message.output = [...(body.outputs ?? [])];
    message.opsetImport = Array.from(body.opsets ?? opsets, ([domain, version]) => ({
      domain,
      version: numberToLong(version),
    }));
  }
  message.node = body.nodes.map((node) => writeNode(node, context));
  message.attributeProto = writeAttributes(preserved?.defaults ?? [], context);
  return message;
}

function writeNode(node: Node, context: WriteContext): onnx.NodeProto.$Properties {
  const preserved = node.preserved as PreservedNode | undefined;
  const message = restore(preserved?.message);
  setText(message, 'name', node.name);
  setText(message, 'opType', node.opType);
  if (normalizeDomain(message.domain) !== normalizeDomain(node.domain)) message.domain = node.domain;
  message.input = node.inputs;
  message.output = node.outputs;
  message.attribute = writeAttributes(joinShadowed(node.attributes, preserved?.hidden), context);
  return message;
}

function writeAttributes(
  attributes: readonly (readonly [string, Attribute])[],
  context: WriteContext,
): onnx.AttributeProto.$Properties[] {
  return attributes.map(([name, attribute]) => writeAttribute(name, attribute, context));
}
