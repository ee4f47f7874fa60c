import { DataType } from '../../../src/core/index.js';
import type { RuntimeTensor } from '../../../src/runtime/runtime.js';

/** A float64 array at the border of the oracle. */
export interface DoubleArray extends RuntimeTensor {
  readonly data: Float64Array;
}

export function doubleArray(dims: readonly number[], data: ArrayLike<number>): DoubleArray {
  return { dataType: DataType.DOUBLE, dims, data: Float64Array.from(data) };
}

export function zeros(dims: readonly number[]): DoubleArray {
  return doubleArray(dims, new Float64Array(sizeOf(dims)));
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Every position of an array, the last axis fastest. */
export function* positionsOf(dims: readonly number[]): Generator<readonly number[]> {
  const position = dims.map(() => 0);
  for (let count = sizeOf(dims); count > 0; count--) {
    yield position;
    for (let axis = dims.length - 1; axis >= 0 && ++position[axis] === dims[axis]; axis--) position[axis] = 0;
  }
}

/** Row-major; −1 outside. */
export function indexAt(dims: readonly number[], position: readonly number[]): number {
  let index = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    if (position[axis] < 0 || position[axis] >= dims[axis]) return -1;
    index = index * dims[axis] + position[axis];
  }
  return index;
}
