import { DataType, Random, Tensor, type WeightCoding } from '../../src/core/index.js';

/** Codes that take every value in [low, high] at both ends, otherwise at random. */
export function randomCodes(count: number, low: number, high: number, seed = 1): number[] {
  const random = new Random(seed);
  const codes = Array.from({ length: count }, () => low + random.below(high - low + 1));
  codes[0] = low;
  codes[count - 1] = high;
  return codes;
}

export function gridOf(codes: readonly number[], scales: readonly number[] = [0.037], axis = 0): WeightCoding {
  return { kind: 'grid', codes: Int16Array.from(codes), scales: Float32Array.from(scales), axis };
}

export function codebookOf(codes: readonly number[], size: number, seed = 7): WeightCoding {
  const random = new Random(seed);
  const values = Float32Array.from({ length: size }, () => random.normal()).sort();
  return { kind: 'codebook', codes: Uint16Array.from(codes), codebook: { values } };
}

export function codedTensor(
  name: string,
  dims: readonly number[],
  coding: WeightCoding,
  dataType: number = DataType.FLOAT,
): Tensor {
  const plain = new Tensor(name, DataType.FLOAT, dims, new Uint8Array(4 * coding.codes.length));
  const bits = dataType === DataType.FLOAT ? 4 : dataType === DataType.DOUBLE ? 8 : 2;
  const tensor =
    dataType === DataType.FLOAT ? plain : new Tensor(name, dataType, dims, new Uint8Array(bits * coding.codes.length));
  tensor.setCoding(coding);
  return tensor;
}
