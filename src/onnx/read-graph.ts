import type { FunctionBody, Graph, Node } from '../core/index.js';
import type { onnx } from './generated/onnx.js';
import { copyMessage, longToNumber } from './messages.js';
import type { PreservedFunction, PreservedGraph, PreservedNode } from './preserved.js';
import { readAttribute } from './read-attribute.js';
import { type ReadContext, readSparseTensor, readTensor } from './read-tensor.js';
import { splitShadowed } from './shadowed.js';
import { readValueInfo } from './value-type.js';

export function readGraph(message: onnx.GraphProto.$Properties, context: ReadContext): Graph {
  const kept = copyMessage(message);
  for (const key of ['node', 'initializer', 'sparseInitializer', 'input', 'output', 'valueInfo'] as const) {
    delete kept[key];
  }
  const tensors = (message.initializer ?? []).map((initializer) => readTensor(initializer, context));
  const { visible, hidden } = splitShadowed(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    name: message.name ?? '',
    nodes: (message.node ?? []).map((node) => readNode(node, context)),
    initializers: visible,
    sparseInitializers: (message.sparseInitializer ?? []).map((tensor) => readSparseTensor(tensor, context)),
    inputs: (message.input ?? []).map(readValueInfo),
    outputs: (message.output ?? []).map(readValueInfo),
    values: (message.valueInfo ?? []).map(readValueInfo),
    preserved: { message: kept, hidden } satisfies PreservedGraph,
  };
}

export function readFunction(message: onnx.FunctionProto.$Properties, context: ReadContext): FunctionBody {
  const kept = copyMessage(message);
  delete kept.node;
  delete kept.attributeProto;
  const defaults = (message.attributeProto ?? []).map((attribute) => readAttribute(attribute, context));
  return {
    name: message.name ?? '',
    domain: message.domain ?? '',
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    opsets: new Map(
      (message.opsetImport ?? []).map(({ domain, version }) => [normalizeDomain(domain), longToNumber(version)]),
    ),
    nodes: (message.node ?? []).map((node) => readNode(node, context)),
    preserved: { message: kept, defaults } satisfies PreservedFunction,
  };
}

/** 'ai.onnx' and '' are two names of the same domain; the document knows only ''. */
export function normalizeDomain(domain: string | null | undefined): string {
  return !domain || domain === 'ai.onnx' ? '' : domain;
}

function readNode(message: onnx.NodeProto.$Properties, context: ReadContext): Node {
  const kept = copyMessage(message);
  for (const key of ['input', 'output', 'attribute'] as const) delete kept[key];
  const { visible, hidden } = splitShadowed((message.attribute ?? []).map((it) => readAttribute(it, context)));
  return {
    name: message.name ?? '',
    opType: message.opType ?? '',
    domain: normalizeDomain(message.domain),
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: visible,
    preserved: { message: kept, hidden } satisfies PreservedNode,
  };
}
