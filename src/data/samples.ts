import type { DataType } from '../core/index.js';
import { bitsPerElement, dataTypeName, WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';

/** Samples as they are stored, before preprocessing. */
export interface Samples {
  readonly dataType: DataType;
  /** Of one sample. */
  readonly dims: readonly number[];
  readonly length: number;
  /** Samples [start, start + count), within the length, as one array with `count` in front of the dims. */
  read(start: number, count: number): RuntimeTensor;
}

/** The rows of an array along its first dimension; nothing is copied. @throws {WringError} E_SHAPE for a scalar */
export function samplesOf(array: RuntimeTensor, name: string): Samples {
  const { dataType, data } = array;
  if (array.dims.length === 0) {
    throw new WringError(
      'E_SHAPE',
      `"${name}": expected an array of samples but received one ${dataTypeName(dataType)}`,
    );
  }
  const [length, ...dims] = array.dims;
  const size = dims.reduce((product, dim) => product * dim, 1);
  return {
    dataType,
    dims,
    length,
    read: (start, count) => ({
      dataType,
      dims: [count, ...dims],
      data: data.subarray(start * size, (start + count) * size),
    }),
  };
}

/** @throws {WringError} E_SHAPE when the bytes of `name` are not those of an array of `dims` */
export function assertByteLength(bytes: Uint8Array, dataType: DataType, dims: readonly number[], name: string): void {
  const expected = (dims.reduce((product, dim) => product * dim, 1) * bitsPerElement(dataType)) / 8;
  if (bytes.length === expected) return;
  throw new WringError(
    'E_SHAPE',
    `"${name}": ${dataTypeName(dataType)} [${dims.join(', ')}] needs ${expected} bytes but there are ${bytes.length}`,
  );
}
