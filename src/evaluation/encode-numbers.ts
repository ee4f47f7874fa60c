import { type DataType, dataTypeName, isFloat, WringError } from '../core/index.js';
import { fromNumbers, hasTypedArray } from '../data/typed-array.js';
import type { RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';

/**
 * Numbers in the data type of an input; floats are rounded to nearest.
 *
 * @param numbers whole ones for an input of integers
 * @throws {WringError} E_SHAPE when a number does not fit an integer type, E_UNSUPPORTED for strings and the like
 */
export function encodeNumbers(numbers: ArrayLike<number>, { name, dataType }: RuntimeValue): RuntimeTensor['data'] {
  if (!hasTypedArray(dataType)) {
    const type = dataTypeName(dataType);
    throw new WringError(
      'E_UNSUPPORTED',
      `Input "${name}": expected numbers but it takes ${type}, which wring cannot make`,
    );
  }
  const data = fromNumbers(dataType, numbers);
  if (!isFloat(dataType)) assertExact(numbers, data, name, dataType);
  return data;
}

function assertExact(numbers: ArrayLike<number>, data: RuntimeTensor['data'], name: string, dataType: DataType): void {
  for (let i = 0; i < numbers.length; i++) {
    if (Number(data[i]) === numbers[i]) continue;
    throw new WringError('E_SHAPE', `Input "${name}" takes ${dataTypeName(dataType)} but a sample holds ${numbers[i]}`);
  }
}
