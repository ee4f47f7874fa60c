import { DataType } from '../../src/core/index.js';
import type { Dataset } from '../../src/data/index.js';
import { preprocessedDataset, samplesOf } from '../../src/data/index.js';
import type { RuntimeTensor } from '../../src/runtime/runtime.js';

/** Samples that are what the model takes. */
export function datasetOf(tensor: RuntimeTensor, labels?: readonly number[]): Dataset {
  return preprocessedDataset({
    name: 'made',
    samples: samplesOf(tensor, 'made'),
    labels: labels ? { dataType: DataType.UINT16, dims: [labels.length], data: Uint16Array.from(labels) } : null,
    layout: 'NCHW',
    preprocess: null,
  });
}

export function floats(dims: readonly number[], ...values: number[]): RuntimeTensor {
  return { dataType: DataType.FLOAT, dims, data: Float32Array.from(values) };
}

export function int64s(dims: readonly number[], ...values: number[]): RuntimeTensor {
  return { dataType: DataType.INT64, dims, data: BigInt64Array.from(values, BigInt) };
}
