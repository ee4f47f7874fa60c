import { DataType, SliceSource, type SparseTensor, type Tensor } from '../core/index.js';
import type { ExternalPlace } from './external-data.js';
import type { onnx } from './generated/onnx.js';
import { copyMessage, numberToLong, restore, type StringEntry, setText } from './messages.js';
import { PAYLOAD_MARKER, RAW_DATA, type StoredPayload } from './payload.js';
import type { PreservedMessage, PreservedTensor } from './preserved.js';
import { SegmentList } from './segment-list.js';
import { lengthPrefix } from './wire.js';

/** What the conversion to messages needs besides the document. */
export interface WriteContext {
  /** Filled by the conversion: what the markers in TensorProto.wring_payload stand for. */
  readonly payloads: SegmentList[];
  /** Where a tensor's data goes; null for inside the model file. */
  placeOf(tensor: Tensor): ExternalPlace | null;
}

const EXTERNAL = 1;

export function writeTensor(tensor: Tensor, context: WriteContext): onnx.TensorProto.$Properties {
  const preserved = tensor.preserved as PreservedTensor | undefined;
  const message = restore(preserved?.message);
  setText(message, 'name', tensor.name);
  if ((message.dataType ?? 0) !== tensor.dataType) message.dataType = tensor.dataType;
  message.dims = tensor.dims.map(numberToLong);
  const place = context.placeOf(tensor);
  if (place) {
    setExternal(message, place, preserved?.source === tensor.source ? preserved.external : null);
    return message;
  }
  if (preserved?.external) {
    delete message.externalData;
    delete message.dataLocation;
  }
  const payload = new SegmentList();
  if (preserved && !preserved.external && preserved.source === tensor.source)
    writeStored(tensor, preserved.stored, payload);
  else if (tensor.dataType !== DataType.STRING) {
    if (preserved) writeForeign(preserved.stored, payload);
    payload.literal(lengthPrefix(RAW_DATA, tensor.byteLength));
    payload.tensor(tensor);
  }
  if (payload.byteLength > 0) {
    message.wringPayload = context.payloads.length;
    context.payloads.push(payload);
  }
  return message;
}

export function writeSparseTensor(sparse: SparseTensor, context: WriteContext): onnx.SparseTensorProto.$Properties {
  const preserved = sparse.preserved as PreservedMessage<onnx.SparseTensorProto.$Properties> | undefined;
  const message = restore(preserved?.message);
  message.dims = sparse.dims.map(numberToLong);
  message.values = writeTensor(sparse.values, context);
  message.indices = writeTensor(sparse.indices, context);
  return message;
}

/** Says where the data is; word for word as it was read while that still holds. */
function setExternal(message: onnx.TensorProto.$Properties, place: ExternalPlace, before: ExternalPlace | null): void {
  if (before && before.location === place.location && before.byteOffset === place.byteOffset) return;
  // A checksum is that of the whole file, which is another one now.
  const ours = ['location', 'offset', 'length', 'checksum'];
  const others = (message.externalData ?? []).filter((entry) => !ours.includes(entry.key ?? ''));
  const entries: StringEntry[] = [
    { key: 'location', value: place.location },
    { key: 'offset', value: `${place.byteOffset}` },
    { key: 'length', value: `${place.byteLength}` },
  ];
  message.externalData = [...entries, ...others.map(copyMessage)];
  message.dataLocation = EXTERNAL;
}

/** The fields as they lie in the file; where one of them is the tensor's numbers as such, it is named as the tensor's. */
function writeStored(tensor: Tensor, { source, fields }: StoredPayload, payload: SegmentList): void {
  const numbers = tensor.source;
  for (const { start, valueStart, end } of fields) {
    const same =
      numbers instanceof SliceSource &&
      numbers.parent === source &&
      numbers.byteOffset === valueStart &&
      valueStart + numbers.byteLength === end;
    payload.range(source, start, same ? valueStart : end);
    if (same) payload.tensor(tensor);
  }
}

/** A field that only looks like our marker is somebody else's and outlives a change of the numbers. */
function writeForeign({ source, fields }: StoredPayload, payload: SegmentList): void {
  for (const field of fields) {
    if (field.number === PAYLOAD_MARKER) payload.range(source, field.start, field.end);
  }
}
