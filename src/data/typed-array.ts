import {
  bfloat16ToNumber,
  bitsPerElement,
  DataType,
  dataTypeName,
  halfToNumber,
  numberToBfloat16,
  numberToHalf,
  WringError,
} from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';

interface ArrayClass {
  new (buffer: ArrayBuffer): RuntimeTensor['data'];
  new (length: number): RuntimeTensor['data'];
}

/** What holds the elements of each data type; half floats stay bits. */
const CLASSES: ReadonlyMap<DataType, ArrayClass> = new Map<DataType, ArrayClass>([
  [DataType.FLOAT, Float32Array],
  [DataType.DOUBLE, Float64Array],
  [DataType.FLOAT16, Uint16Array],
  [DataType.BFLOAT16, Uint16Array],
  [DataType.UINT8, Uint8Array],
  [DataType.INT8, Int8Array],
  [DataType.BOOL, Uint8Array],
  [DataType.UINT16, Uint16Array],
  [DataType.INT16, Int16Array],
  [DataType.UINT32, Uint32Array],
  [DataType.INT32, Int32Array],
  [DataType.UINT64, BigUint64Array],
  [DataType.INT64, BigInt64Array],
]);

/** Whether {@link typedArrayOf} has an array for it: not strings, complex numbers, nor what is below 8 bits. */
export function hasTypedArray(dataType: DataType): boolean {
  return CLASSES.has(dataType);
}

/**
 * A copy of raw little-endian bytes as the array that `dataType` is held in.
 *
 * @param bytes a multiple of the element size
 * @throws {WringError} E_DATA_TYPE for a type without an array
 */
export function typedArrayOf(dataType: DataType, bytes: Uint8Array): RuntimeTensor['data'] {
  const Class = classOf(dataType);
  return new Class(bytes.slice().buffer);
}

function classOf(dataType: DataType): ArrayClass {
  const Class = CLASSES.get(dataType);
  if (!Class) throw new WringError('E_DATA_TYPE', `Expected numbers but received ${dataTypeName(dataType)}`);
  return Class;
}

/** Reverses the bytes of every element in place. */
export function swapBytes(dataType: DataType, bytes: Uint8Array): void {
  const size = bitsPerElement(dataType) / 8;
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

/** Elements as numbers, half floats decoded; beyond 2^53 rounded. */
export function toNumbers({ dataType, data }: RuntimeTensor): ArrayLike<number> {
  if (dataType === DataType.FLOAT16) return Float32Array.from(data as Uint16Array, halfToNumber);
  if (dataType === DataType.BFLOAT16) return Float32Array.from(data as Uint16Array, bfloat16ToNumber);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data, Number);
  return data;
}

/**
 * The way back from {@link toNumbers}: floats are rounded to nearest, other numbers cut to what the type holds.
 *
 * @returns `numbers` themselves where they are such an array
 * @throws {WringError} E_DATA_TYPE for a type without an array
 */
export function fromNumbers(dataType: DataType, numbers: ArrayLike<number>): RuntimeTensor['data'] {
  if (dataType === DataType.FLOAT16) return Uint16Array.from(numbers, numberToHalf);
  if (dataType === DataType.BFLOAT16) return Uint16Array.from(numbers, numberToBfloat16);
  const Class = classOf(dataType);
  if (numbers instanceof Class) return numbers;
  const data = new Class(numbers.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < data.length; i++) data[i] = toBigInt(numbers[i]);
  } else data.set(numbers);
  return data;
}

function toBigInt(number: number): bigint {
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
}
