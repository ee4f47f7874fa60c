import {
  type ByteSource,
  bitsPerElement,
  ConcatSource,
  DataType,
  dataTypeName,
  MemorySource,
  rawByteLength,
  SliceSource,
  WringError,
} from '../core/index.js';
import { LazySource } from './lazy-source.js';
import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT, WireCursor, type WireField } from './wire.js';

export const RAW_DATA = 9;

/** Our own field of TensorProto that stands for a payload; see onnx.proto. */
export const PAYLOAD_MARKER = 536870911;

interface TypedField {
  readonly name: string;
  /** Wire type of one unpacked value. */
  readonly wireType: number;
}

const TYPED_FIELDS: Readonly<Record<number, TypedField>> = {
  4: { name: 'float_data', wireType: FIXED32 },
  5: { name: 'int32_data', wireType: VARINT },
  7: { name: 'int64_data', wireType: VARINT },
  10: { name: 'double_data', wireType: FIXED64 },
  11: { name: 'uint64_data', wireType: VARINT },
};

/** What is cut out of a TensorProto: its numbers. A marker that was in the file already is only carried along. */
export const PAYLOAD_FIELDS: ReadonlySet<number> = new Set([
  RAW_DATA,
  PAYLOAD_MARKER,
  ...Object.keys(TYPED_FIELDS).map(Number),
]);

/** The fields that hold a tensor's numbers, as they lie in the file. */
export interface StoredPayload {
  readonly source: ByteSource;
  readonly fields: readonly WireField[];
}

/**
 * The numbers of a tensor in `raw_data` layout. `raw_data` and packed `float_data` and `double_data` are ranges of the
 * file; the other fields are decoded when they are read.
 *
 * @throws {WringError} E_SHAPE when the fields hold another number of elements than the shape says, E_NOT_ONNX
 */
export function payloadNumbers(
  tensorName: string,
  dataType: DataType,
  elementCount: number,
  stored: StoredPayload,
): ByteSource {
  const numbers = storedNumbers(tensorName, dataType, stored);
  const expected = rawByteLength(dataType, elementCount);
  if (bitsPerElement(dataType) > 0 && numbers.byteLength !== expected) {
    const at = stored.fields.length > 0 ? ` at byte ${stored.fields[0].valueStart}` : '';
    throw new WringError(
      'E_SHAPE',
      `Tensor "${tensorName}": ${elementCount} elements of type ${dataTypeName(dataType)} need ${expected} bytes ` +
        `but its data${at} has ${numbers.byteLength}`,
    );
  }
  return numbers;
}

function storedNumbers(tensorName: string, dataType: DataType, { source, fields }: StoredPayload): ByteSource {
  const number = typedFieldOf(dataType);
  const typed = fields.filter((field) => field.number === number);
  const raw = fields.filter((field) => field.number === RAW_DATA && field.wireType === LENGTH_DELIMITED).at(-1);
  if (raw && (typed.length === 0 || raw.end > raw.valueStart)) return valueRange(source, raw);
  if (typed.length === 0) return new MemorySource(new Uint8Array(0));
  const { name, wireType } = TYPED_FIELDS[number];
  for (const field of typed) {
    if (field.wireType === wireType || field.wireType === LENGTH_DELIMITED) continue;
    throw new WringError(
      'E_NOT_ONNX',
      `Tensor "${tensorName}": expected ${name} at byte ${field.start} but found wire type ${field.wireType}`,
    );
  }
  if (wireType === VARINT) {
    const width = Math.max(1, bitsPerElement(dataType) / 8);
    const count = typed.reduce((sum, field) => sum + countVarints(source, field), 0);
    return new LazySource(count * width, () => decodeVarints(source, typed, count, width));
  }
  const width = wireType === FIXED32 ? 4 : 8;
  const ranges = typed.map((field) => fixedRange(source, field, width));
  return ranges.length === 1 ? ranges[0] : new ConcatSource(ranges);
}

/** The field that holds elements of a data type when `raw_data` does not; 0 for types without one. */
function typedFieldOf(dataType: DataType): number {
  switch (dataType) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return 4;
    case DataType.INT64:
      return 7;
    case DataType.DOUBLE:
    case DataType.COMPLEX128:
      return 10;
    case DataType.UINT32:
    case DataType.UINT64:
      return 11;
    default:
      return bitsPerElement(dataType) > 0 ? 5 : 0;
  }
}

function valueRange(source: ByteSource, field: WireField): ByteSource {
  return new SliceSource(source, field.valueStart, field.end - field.valueStart);
}

/** Packed values lie as in `raw_data`; unpacked ones have a tag of one byte before each. */
function fixedRange(source: ByteSource, field: WireField, width: number): ByteSource {
  if (field.wireType === LENGTH_DELIMITED) return valueRange(source, field);
  const count = countFields(source, field);
  return new LazySource(count * width, () => {
    const bytes = new Uint8Array(count * width);
    const cursor = new WireCursor(source);
    cursor.position = field.start;
    for (let i = 0; i < count; i++) {
      cursor.position = cursor.next(field.end).valueStart;
      for (let k = 0; k < width; k++) bytes[i * width + k] = cursor.readByte();
    }
    return bytes;
  });
}

function countFields(source: ByteSource, field: WireField): number {
  const cursor = new WireCursor(source);
  cursor.position = field.start;
  let count = 0;
  for (; cursor.position < field.end; count++) cursor.next(field.end);
  return count;
}

function countVarints(source: ByteSource, field: WireField): number {
  if (field.wireType !== LENGTH_DELIMITED) return countFields(source, field);
  const cursor = new WireCursor(source);
  cursor.position = field.valueStart;
  let count = 0;
  for (; cursor.position < field.end; count++) cursor.readVarint(field.end);
  return count;
}

/** The low `width` bytes of each varint, little-endian. The surplus of a sign extended to 64 bits falls away. */
function decodeVarints(source: ByteSource, fields: readonly WireField[], count: number, width: number): Uint8Array {
  const bytes = new Uint8Array(count * width);
  const cursor = new WireCursor(source);
  let position = 0;
  for (const field of fields) {
    const packed = field.wireType === LENGTH_DELIMITED;
    cursor.position = packed ? field.valueStart : field.start;
    while (cursor.position < field.end) {
      if (!packed) cursor.readVarint(field.end);
      let bit = 0;
      for (let more = true; more; bit += 7) {
        const byte = cursor.readByte();
        more = byte >= 128;
        const at = bit >> 3;
        const bits = (byte & 127) << (bit & 7);
        if (at < width) bytes[position + at] |= bits;
        if (at + 1 < width) bytes[position + at + 1] |= bits >> 8;
      }
      position += width;
    }
  }
  return bytes;
}
