import { DataType, dataTypeName, numberToBfloat16, numberToHalf, WringError } from '../core/index.js';
import type { RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';

type Encode = (numbers: ArrayLike<number>) => RuntimeTensor['data'];

const FLOATS: ReadonlyMap<DataType, Encode> = new Map<DataType, Encode>([
  [DataType.FLOAT, (numbers) => (numbers instanceof Float32Array ? numbers : Float32Array.from(numbers))],
  [DataType.DOUBLE, (numbers) => Float64Array.from(numbers)],
  [DataType.FLOAT16, (numbers) => Uint16Array.from(numbers, numberToHalf)],
  [DataType.BFLOAT16, (numbers) => Uint16Array.from(numbers, numberToBfloat16)],
]);

const INTEGERS: ReadonlyMap<DataType, Encode> = new Map<DataType, Encode>([
  [DataType.UINT8, (numbers) => Uint8Array.from(numbers)],
  [DataType.INT8, (numbers) => Int8Array.from(numbers)],
  [DataType.BOOL, (numbers) => Uint8Array.from(numbers)],
  [DataType.UINT16, (numbers) => Uint16Array.from(numbers)],
  [DataType.INT16, (numbers) => Int16Array.from(numbers)],
  [DataType.UINT32, (numbers) => Uint32Array.from(numbers)],
  [DataType.INT32, (numbers) => Int32Array.from(numbers)],
  [DataType.UINT64, (numbers) => BigUint64Array.from(Array.from(numbers, BigInt))],
  [DataType.INT64, (numbers) => BigInt64Array.from(Array.from(numbers, BigInt))],
]);

/**
 * Numbers in the data type of an input; floats are rounded to nearest.
 *
 * @param numbers whole ones for an input of integers
 * @throws {WringError} E_SHAPE when a number does not fit an integer type, E_UNSUPPORTED for strings and the like
 */
export function encodeNumbers(numbers: ArrayLike<number>, { name, dataType }: RuntimeValue): RuntimeTensor['data'] {
  const data = (FLOATS.get(dataType) ?? INTEGERS.get(dataType))?.(numbers);
  if (!data) {
    const type = dataTypeName(dataType);
    throw new WringError(
      'E_UNSUPPORTED',
      `Input "${name}": expected numbers but it takes ${type}, which wring cannot make`,
    );
  }
  if (INTEGERS.has(dataType)) assertExact(numbers, data, name, dataType);
  return data;
}

function assertExact(numbers: ArrayLike<number>, data: RuntimeTensor['data'], name: string, dataType: DataType): void {
  for (let i = 0; i < numbers.length; i++) {
    if (Number(data[i]) === numbers[i]) continue;
    throw new WringError('E_SHAPE', `Input "${name}" takes ${dataTypeName(dataType)} but a sample holds ${numbers[i]}`);
  }
}
