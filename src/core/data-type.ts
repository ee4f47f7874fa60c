// By themselves too, so that the decode door does not carry the whole list.
export const FLOAT = 1;
export const FLOAT16 = 10;
export const DOUBLE = 11;
export const BFLOAT16 = 16;

/** TensorProto.DataType, with ONNX's own numbers. */
export const DataType = {
  UNDEFINED: 0,
  FLOAT,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16,
  DOUBLE,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16,
  FLOAT8E4M3FN: 17,
  FLOAT8E4M3FNUZ: 18,
  FLOAT8E5M2: 19,
  FLOAT8E5M2FNUZ: 20,
  UINT4: 21,
  INT4: 22,
  FLOAT4E2M1: 23,
  FLOAT8E8M0: 24,
  UINT2: 25,
  INT2: 26,
} as const;

/** A number, not a closed union: a data type of a later ONNX survives a read and a write. */
export type DataType = number;

const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
};

/** Bits of one element in `raw_data`; 0 for STRING and for types that this release does not know. */
export function bitsPerElement(dataType: DataType): number {
  return BITS[dataType] ?? 0;
}

/** Bytes of `elementCount` elements in `raw_data`; types below 8 bits are packed, the last byte padded. */
export function rawByteLength(dataType: DataType, elementCount: number): number {
  return Math.ceil((elementCount * bitsPerElement(dataType)) / 8);
}

/** Bytes of one number of a type that the methods may change: FLOAT, FLOAT16, BFLOAT16 or DOUBLE. 0 for others. */
export function floatByteLength(dataType: DataType): number {
  if (dataType === FLOAT) return 4;
  if (dataType === DOUBLE) return 8;
  return dataType === FLOAT16 || dataType === BFLOAT16 ? 2 : 0;
}

/** Whether the methods may change numbers of this type. */
export function isFloat(dataType: DataType): boolean {
  return floatByteLength(dataType) > 0;
}

/** `float`, `int64` …, or `type 99` for one that this release does not know. */
export function dataTypeName(dataType: DataType): string {
  const entry = Object.entries(DataType).find(([, value]) => value === dataType);
  return entry?.[0].toLowerCase() ?? `type ${dataType}`;
}
