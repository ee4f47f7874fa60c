import { type Attribute, DataType, Tensor } from '../core/index.js';

/** A tensor of few elements as JavaScript numbers: bigint for INT64, number for INT32 and FLOAT. */
export interface SmallTensor {
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly values: readonly (number | bigint)[];
}

/** Beyond this a runtime is the better calculator. */
export const MAX_SMALL_ELEMENTS = 256;

/** null for other types than INT64, INT32 and FLOAT, and for more than {@link MAX_SMALL_ELEMENTS}. */
export function toSmall(tensor: Tensor): SmallTensor | null {
  const { dataType, dims, elementCount } = tensor;
  if (elementCount > MAX_SMALL_ELEMENTS) return null;
  const buffer = () => tensor.bytes().slice().buffer;
  if (dataType === DataType.INT64) return { dataType, dims, values: [...new BigInt64Array(buffer())] };
  if (dataType === DataType.INT32) return { dataType, dims, values: [...new Int32Array(buffer())] };
  if (dataType === DataType.FLOAT) return { dataType, dims, values: [...new Float32Array(buffer())] };
  return null;
}

export function fromSmall(name: string, { dataType, dims, values }: SmallTensor): Tensor {
  const array =
    dataType === DataType.INT64
      ? BigInt64Array.from(values, BigInt)
      : dataType === DataType.INT32
        ? Int32Array.from(values, Number)
        : Float32Array.from(values, Number);
  return new Tensor(name, dataType, dims, new Uint8Array(array.buffer));
}

export function int64s(numbers: readonly number[]): SmallTensor {
  return { dataType: DataType.INT64, dims: [numbers.length], values: numbers.map(BigInt) };
}

export function numbersOf(tensor: SmallTensor): number[] {
  return tensor.values.map(Number);
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A tensor of shape `dims` whose element at `position` is the one of `source` at index `from(position)`. */
export function arrange(
  source: SmallTensor,
  dims: readonly number[],
  from: (position: readonly number[]) => number,
): SmallTensor {
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => source.values[from(positionOf(i, dims))]);
  return { dataType: source.dataType, dims, values };
}

export function positionOf(index: number, dims: readonly number[]): number[] {
  const position = new Array<number>(dims.length);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    position[axis] = index % dims[axis];
    index = Math.floor(index / dims[axis]);
  }
  return position;
}

/** Row-major. Axes of length 1 broadcast, and so do missing leading axes. */
export function indexOf(position: readonly number[], dims: readonly number[]): number {
  const offset = position.length - dims.length;
  return dims.reduce((index, dim, axis) => index * dim + (dim === 1 ? 0 : position[offset + axis]), 0);
}

/** What older opsets keep in an attribute of kind `ints`, newer ones in an input; undefined when neither is there. */
export function intsOf(attribute: Attribute | undefined, input: SmallTensor | undefined): number[] | undefined {
  if (attribute?.kind === 'ints') return attribute.value.map(Number);
  return input && numbersOf(input);
}
