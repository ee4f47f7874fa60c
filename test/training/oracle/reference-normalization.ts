import { numbers } from './attributes.js';
import { type DoubleArray, doubleArray, sizeOf } from './double-array.js';
import type { Reference } from './reference.js';

const EPSILON = Math.fround(1e-5);

/** Runs of `length` numbers, each less its mean and over its deviation. */
function standardize(x: DoubleArray, length: number, epsilon: number): Float64Array {
  const y = Float64Array.from(x.data);
  for (let start = 0; start < y.length; start += length) {
    const run = y.subarray(start, start + length);
    const mean = run.reduce((sum, value) => sum + value, 0) / length;
    const variance = run.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    run.forEach((value, i) => {
      run[i] = (value - mean) / Math.sqrt(variance + epsilon);
    });
  }
  return y;
}

function affine(x: DoubleArray, normal: Float64Array, scale: DoubleArray, bias: DoubleArray): DoubleArray[] {
  const places = sizeOf(x.dims.slice(2));
  const channel = (i: number) => Math.floor(i / places) % x.dims[1];
  return [
    doubleArray(
      x.dims,
      normal.map((value, i) => value * scale.data[channel(i)] + bias.data[channel(i)]),
    ),
  ];
}

export const instanceNormalization: Reference = (node, [x, scale, bias]) =>
  affine(x, standardize(x, sizeOf(x.dims.slice(2)), numbers(node, 'epsilon', [EPSILON])[0]), scale, bias);

export const groupNormalization: Reference = (node, [x, scale, bias]) => {
  const length = sizeOf(x.dims.slice(1)) / numbers(node, 'num_groups', [1])[0];
  return affine(x, standardize(x, length, numbers(node, 'epsilon', [EPSILON])[0]), scale, bias);
};

export const rmsNormalization: Reference = (node, [x, scale]) => {
  const [axis] = numbers(node, 'axis', [-1]);
  const length = sizeOf(x.dims.slice(axis));
  const y = Float64Array.from(x.data);
  for (let start = 0; start < y.length; start += length) {
    const run = y.subarray(start, start + length);
    const mean = run.reduce((sum, value) => sum + value * value, 0) / length;
    const inverse = 1 / Math.sqrt(mean + numbers(node, 'epsilon', [EPSILON])[0]);
    run.forEach((value, i) => {
      run[i] = value * inverse * scale.data[i % scale.data.length];
    });
  }
  return [doubleArray(x.dims, y)];
};
