import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

// A second reader and writer of ONNX, independent of src/onnx/: protobufjs by reflection, on the schema with the
// numeric fields of TensorProto as ONNX has them.
const PAYLOAD = /optional uint32 wring_payload = 536870911;/;
const PACKED = `
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated int64 int64_data = 7 [packed = true];
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];`;

const text = readFileSync(new URL('../../src/onnx/onnx.proto', import.meta.url), 'utf8');
const modelType = (fields: string) => protobuf.parse(text.replace(PAYLOAD, fields)).root.lookupType('onnx.ModelProto');
export const modelMessageType = modelType(PACKED);
const unpacked = modelType(PACKED.replaceAll('packed = true', 'packed = false'));

interface LongClass {
  isLong(value: unknown): boolean;
  MAX_VALUE: object;
  MIN_VALUE: object;
  MAX_UNSIGNED_VALUE: object;
}
export const Long = protobuf.util.Long as unknown as LongClass;
export type Plain = { [key: string]: unknown };

/** Field names in camelCase; 64-bit integers as decimal text, so that a number needs no care. */
export function encodeModel(model: Plain, options: { packed: boolean } = { packed: true }): Uint8Array {
  const type = options.packed ? modelMessageType : unpacked;
  return type.encode(type.fromObject(model)).finish();
}

/** Everything a parser can see, unknown fields too, ready for a deep comparison. */
export function parseModel(bytes: Uint8Array): Plain {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return plain(modelMessageType.decode(reader)) as Plain;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Long.isLong(value)) return `${value}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value;
  const entries = Object.entries(value)
    .filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0))
    .map(([key, inner]) => [key, plain(inner)]);
  const { $unknowns } = value as { $unknowns?: Uint8Array[] };
  return Object.fromEntries($unknowns ? [...entries, ['$unknowns', plain($unknowns)]] : entries);
}
