import type { Dimension, Value } from '../core/index.js';
import type { onnx } from './generated/onnx.js';
import { longToNumber, numberToLong, restore, setText } from './messages.js';
import type { PreservedMessage } from './preserved.js';

type PreservedValue = PreservedMessage<onnx.ValueInfoProto.$Properties>;

export function readValueInfo(message: onnx.ValueInfoProto.$Properties): Value {
  const preserved: PreservedValue = { message };
  return { name: message.name ?? '', ...readType(message), preserved };
}

/** The message as it was read, unless name, data type or dims have been changed since. */
export function writeValueInfo(value: Value): onnx.ValueInfoProto.$Properties {
  const message = restore((value.preserved as PreservedValue | undefined)?.message);
  setText(message, 'name', value.name);
  const said = readType(message);
  if (said.dataType === value.dataType && sameDims(said.dims, value.dims)) return message;
  if (value.dataType === null) {
    delete message.type;
    return message;
  }
  const type = restore(message.type ?? undefined);
  type.tensorType = restore(type.tensorType ?? undefined);
  type.tensorType.elemType = value.dataType;
  if (!sameDims(said.dims, value.dims)) {
    if (value.dims === null) delete type.tensorType.shape;
    else type.tensorType.shape = { dim: value.dims.map(writeDimension) };
  }
  message.type = type;
  return message;
}

function readType(message: onnx.ValueInfoProto.$Properties): Pick<Value, 'dataType' | 'dims'> {
  const tensorType = message.type?.tensorType;
  if (!tensorType) return { dataType: null, dims: null };
  return { dataType: tensorType.elemType ?? 0, dims: tensorType.shape?.dim?.map(readDimension) ?? null };
}

/** Some exporters write −1 where nothing is known; it stays in the file and counts as unknown here. */
function readDimension(message: onnx.TensorShapeProto.Dimension.$Properties): Dimension {
  if (message.dimParam) return message.dimParam;
  if (!Object.hasOwn(message, 'dimValue') || !message.dimValue) return null;
  const size = longToNumber(message.dimValue);
  return size < 0 ? null : size;
}

function writeDimension(dimension: Dimension): onnx.TensorShapeProto.Dimension.$Properties {
  if (dimension === null) return {};
  return typeof dimension === 'string' ? { dimParam: dimension } : { dimValue: numberToLong(dimension) };
}

function sameDims(a: readonly Dimension[] | null, b: readonly Dimension[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
