import { type Dimension, type Document, dataTypeName, isFloat, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { toNumbers } from '../data/typed-array.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';

import { encodeNumbers } from './encode-numbers.js';
import { FEED_SAMPLES, samplesPerRun } from './run-size.js';

/** One run on samples [start, start + count). A model of fixed batch gets more rows; those are not to be looked at. */
export interface DatasetRun {
  readonly start: number;
  readonly count: number;
  readonly feed: Readonly<Record<string, RuntimeTensor>>;
}

/** Samples of a run of which only the outputs are fetched. */
const MAX_BATCH = 256;

/**
 * The first `limit` samples in runs that a model takes: in its shape and data type, and its batch size, or `most` a run.
 *
 * @throws {WringError} E_SHAPE when samples do not fit the input, E_UNSUPPORTED when the model has several inputs
 */
export function* datasetRuns(
  session: RuntimeSession,
  dataset: Dataset,
  limit = dataset.length,
  most = MAX_BATCH,
): Generator<DatasetRun> {
  const [input, ...others] = session.inputs;
  if (!input || others.length > 0) {
    const names = session.inputs.map(({ name }) => name).join(', ');
    throw new WringError('E_UNSUPPORTED', `Expected a model with one input but it has ${names || 'none'}`);
  }
  const total = Math.min(limit, dataset.length);
  if (total < 1) throw new WringError('E_OPTION', `"${dataset.name}" has no samples to run`);
  const fixed = input.dims[0];
  const size = dataset.batch(0, 1).data.length;
  const batch = typeof fixed === 'number' ? fixed : samplesPerRun(size, most);
  for (let start = 0; start < total; start += batch) {
    const count = Math.min(batch, total - start);
    const samples = fitInput(dataset.batch(start, count), input, dataset.name);
    const feed = { [input.name]: typeof fixed === 'number' ? repeatToBatch(samples, fixed) : samples };
    yield { start, count, feed };
  }
}

/**
 * The first `count` samples as feeds, as `syntheticInputs` gives them. A model of fixed batch gets whole batches, so a few
 * samples may come twice.
 *
 * @throws {WringError} E_RUNTIME, E_SHAPE, E_UNSUPPORTED
 */
export async function datasetInputs(
  document: Document,
  runtime: Runtime,
  dataset: Dataset,
  options: { readonly count: number },
): Promise<Readonly<Record<string, RuntimeTensor>>[]> {
  const session = await runtime.load(modelBytes(document));
  try {
    return [...datasetRuns(session, dataset, options.count, FEED_SAMPLES)].map(({ feed }) => feed);
  } finally {
    await session.release();
  }
}

/**
 * Samples in the shape and data type of `input`. A difference of ones, or of a flat input, is none.
 *
 * @throws {WringError} E_SHAPE
 */
export function fitInput(samples: RuntimeTensor, input: RuntimeValue, name: string): RuntimeTensor {
  const [count, ...given] = samples.dims;
  const wanted = input.dims.slice(1);
  const dims = fitDims(given, wanted);
  if (input.dims.length === 0 || !dims) {
    const shape = (list: readonly Dimension[]) => `[${list.map((dim) => dim ?? '?').join(', ')}]`;
    throw new WringError(
      'E_SHAPE',
      `Input "${input.name}" takes samples of shape ${shape(wanted)} but those of "${name}" are ${shape(given)}; ` +
        'is it the right data set, or does preprocess.layout help?',
    );
  }
  return { dataType: input.dataType, dims: [count, ...dims], data: convert(samples, input) };
}

function fitDims(given: readonly number[], wanted: readonly Dimension[]): number[] | null {
  const fits = (dims: readonly number[]) =>
    dims.length === wanted.length && dims.every((dim, i) => typeof wanted[i] !== 'number' || wanted[i] === dim);
  if (fits(given)) return [...given];
  const size = given.reduce((product, dim) => product * dim, 1);
  if (wanted.length === 1 && (typeof wanted[0] !== 'number' || wanted[0] === size)) return [size];
  const sizes = wanted.filter((dim) => typeof dim === 'number');
  if (sizes.length < wanted.length) return null;
  const significant = (dims: readonly number[]) => dims.filter((dim) => dim !== 1).join();
  return significant(sizes) === significant(given) ? sizes : null;
}

/** Numbers in the data type of `input`, rounded to nearest. */
function convert(samples: RuntimeTensor, input: RuntimeValue): RuntimeTensor['data'] {
  const { dataType } = input;
  if (samples.dataType === dataType) return samples.data;
  if (isFloat(samples.dataType) && !isFloat(dataType)) {
    throw new WringError(
      'E_SHAPE',
      `Input "${input.name}" takes ${dataTypeName(dataType)} but samples are ${dataTypeName(samples.dataType)}; ` +
        'state {"kind": "tokens"} as preprocess to pass whole numbers on',
    );
  }
  return encodeNumbers(toNumbers(samples), input);
}

/** Fills up a batch with its last sample. */
function repeatToBatch(samples: RuntimeTensor, batch: number): RuntimeTensor {
  const [count, ...dims] = samples.dims;
  if (count === batch) return samples;
  const size = samples.data.length / count;
  const Class = samples.data.constructor as new (length: number) => RuntimeTensor['data'];
  const data = new Class(batch * size);
  for (let row = 0; row < batch; row++) {
    const from = Math.min(row, count - 1) * size;
    data.set(samples.data.subarray(from, from + size) as never, row * size);
  }
  return { dataType: samples.dataType, dims: [batch, ...dims], data };
}
