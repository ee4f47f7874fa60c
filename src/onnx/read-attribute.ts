import type { Attribute, AttributeValue } from '../core/index.js';
import { FIELD_KINDS, TYPE_KINDS, type ValueField, type ValueKind } from './attribute-kinds.js';
import type { onnx } from './generated/onnx.js';
import { copyMessage, longToBigInt } from './messages.js';
import type { PreservedAttribute } from './preserved.js';
import { readGraph } from './read-graph.js';
import { type ReadContext, readSparseTensor, readTensor } from './read-tensor.js';

/** Name and attribute. The kind is what `type` says; in IR version 1, which has no type, the field that is filled. */
export function readAttribute(message: onnx.AttributeProto.$Properties, context: ReadContext): [string, Attribute] {
  const kept = copyMessage(message);
  const values: AttributeValue[] = [];
  for (const field of Object.keys(FIELD_KINDS) as ValueField[]) {
    if (isFilled(message, field)) values.push(readValue(message, FIELD_KINDS[field], context));
    delete kept[field];
  }
  const main = mainValue(message, values);
  const others = values.filter((value) => value !== main);
  const preserved: PreservedAttribute = { message: kept, others };
  return [message.name ?? '', { ...main, preserved }];
}

function mainValue(message: onnx.AttributeProto.$Properties, values: readonly AttributeValue[]): AttributeValue {
  if (message.refAttrName) return { kind: 'reference', name: message.refAttrName };
  const kind = message.type ? TYPE_KINDS.get(message.type) : values[0]?.kind;
  if (!kind) return { kind: 'other' };
  return values.find((value) => value.kind === kind) ?? emptyValue(kind);
}

/** A list without elements leaves no trace in the file but its type; proto3 writers leave zeros out too. */
function emptyValue(kind: AttributeValue['kind']): AttributeValue {
  switch (kind) {
    case 'float':
      return { kind, value: 0 };
    case 'int':
      return { kind, value: 0n };
    case 'string':
      return { kind, value: new Uint8Array(0) };
    case 'floats':
    case 'ints':
    case 'strings':
    case 'tensors':
    case 'graphs':
    case 'sparseTensors':
      return { kind, value: [] };
    default:
      return { kind: 'other' };
  }
}

function isFilled(message: onnx.AttributeProto.$Properties, field: ValueField): boolean {
  if (!Object.hasOwn(message, field)) return false;
  const value = message[field];
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined;
}

function readValue(message: onnx.AttributeProto.$Properties, kind: ValueKind, context: ReadContext): AttributeValue {
  switch (kind) {
    case 'float':
      return { kind, value: message.f! };
    case 'int':
      return { kind, value: longToBigInt(message.i!) };
    case 'string':
      return { kind, value: message.s! };
    case 'tensor':
      return { kind, value: readTensor(message.t!, context) };
    case 'graph':
      return { kind, value: readGraph(message.g!, context) };
    case 'sparseTensor':
      return { kind, value: readSparseTensor(message.sparseTensor!, context) };
    case 'floats':
      return { kind, value: message.floats! };
    case 'ints':
      return { kind, value: message.ints!.map(longToBigInt) };
    case 'strings':
      return { kind, value: message.strings! };
    case 'tensors':
      return { kind, value: message.tensors!.map((tensor) => readTensor(tensor, context)) };
    case 'graphs':
      return { kind, value: message.graphs!.map((graph) => readGraph(graph, context)) };
    case 'sparseTensors':
      return { kind, value: message.sparseTensors!.map((tensor) => readSparseTensor(tensor, context)) };
  }
}
