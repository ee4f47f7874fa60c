import type { Attribute, AttributeValue } from '../core/index.js';
import { KIND_TYPES } from './attribute-kinds.js';
import type { onnx } from './generated/onnx.js';
import { bigIntToLong, restore, setText } from './messages.js';
import type { PreservedAttribute } from './preserved.js';
import { writeGraph } from './write-graph.js';
import { type WriteContext, writeSparseTensor, writeTensor } from './write-tensor.js';

export function writeAttribute(
  name: string,
  attribute: Attribute,
  context: WriteContext,
): onnx.AttributeProto.$Properties {
  const preserved = attribute.preserved as PreservedAttribute | undefined;
  const message = restore(preserved?.message);
  setText(message, 'name', name);
  for (const other of preserved?.others ?? []) setValue(message, other, context);
  setValue(message, attribute, context);
  // An attribute of IR version 1 has no type, and gets none while it is as it was.
  const keepsType = attribute.kind === 'reference' || attribute.kind === 'other' || (preserved && !message.type);
  if (!keepsType) message.type = KIND_TYPES[attribute.kind as keyof typeof KIND_TYPES];
  return message;
}

function setValue(message: onnx.AttributeProto.$Properties, attribute: AttributeValue, context: WriteContext): void {
  switch (attribute.kind) {
    case 'float':
      message.f = attribute.value;
      break;
    case 'int':
      message.i = bigIntToLong(attribute.value);
      break;
    case 'string':
      message.s = attribute.value;
      break;
    case 'tensor':
      message.t = writeTensor(attribute.value, context);
      break;
    case 'graph':
      message.g = writeGraph(attribute.value, context);
      break;
    case 'sparseTensor':
      message.sparseTensor = writeSparseTensor(attribute.value, context);
      break;
    case 'floats':
      message.floats = attribute.value;
      break;
    case 'ints':
      message.ints = attribute.value.map(bigIntToLong);
      break;
    case 'strings':
      message.strings = attribute.value;
      break;
    case 'tensors':
      message.tensors = attribute.value.map((tensor) => writeTensor(tensor, context));
      break;
    case 'graphs':
      message.graphs = attribute.value.map((graph) => writeGraph(graph, context));
      break;
    case 'sparseTensors':
      message.sparseTensors = attribute.value.map((tensor) => writeSparseTensor(tensor, context));
      break;
    case 'reference':
      setText(message, 'refAttrName', attribute.name);
      break;
    case 'other':
      break;
  }
}
