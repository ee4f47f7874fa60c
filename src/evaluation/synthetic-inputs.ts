import {
  bitsPerElement,
  DataType,
  type Dimension,
  type Document,
  dataTypeName,
  isFloat,
  numberToHalf,
  Random,
  WringError,
} from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';
import { scaleFromBatchNorm } from './input-scale.js';
import { paintImage } from './synthetic-image.js';
import { vocabularySize } from './vocabulary.js';

export interface SyntheticInputOptions {
  /** Samples in all (≥ 1); fewer of large ones. */
  readonly count: number;
  readonly seed: number;
}

/** What a free dimension other than the batch is set to. */
const FREE_LENGTH = 32;
/** Samples an inference call: fewer where samples are large. */
const ELEMENTS_PER_RUN = 400_000;
/** Large samples tell more each: no more of them than make up this many elements, and four at least. */
const MAX_ELEMENTS = 2_500_000;
const MIN_SAMPLES = 4;

/** From a unit pixel (mean 0, spread 1) to what the model is given. */
type Pixels = (value: number) => number;
const UNIT: Pixels = (value) => value;
const RAW: Pixels = (value) => Math.max(0, Math.min(255, Math.round(120 + 64 * value)));
/** Raw bytes must move the outputs this much more than unit pixels to be believed. */
const RAW_ADVANTAGE = 2;
const TRIAL_SAMPLES = 16;

/**
 * Inputs that a model can be run on when there is no data: images with the 1/f spectrum of natural ones, tokens within
 * the vocabulary, plain noise otherwise. The scale of images comes from the first batch normalization's statistics, if
 * there is one. Else the model is run on images around 0 with unit spread and on bytes from 0 to 255: at too small a scale
 * the outputs hardly depend on the input. Finer steps do not pay, as most networks are nearly homogeneous in their input
 * above the scale at which their biases matter.
 *
 * @returns feeds of one or more samples each, `count` samples in all at most (rounded up to a fixed batch)
 * @throws {WringError} E_RUNTIME when the model does not load or run, E_UNSUPPORTED for inputs of a type it cannot make
 */
export async function syntheticInputs(
  document: Document,
  runtime: Runtime,
  options: SyntheticInputOptions,
): Promise<Record<string, RuntimeTensor>[]> {
  const session = await runtime.load(modelBytes(document));
  try {
    const make = (pixels: Pixels, count: number) => makeFeeds(session, document, pixels, { ...options, count });
    const image = session.inputs.find((input) => imageShape(input));
    if (!image) return make(UNIT, options.count);
    const unit = make(UNIT, TRIAL_SAMPLES);
    const seen = await scaleFromBatchNorm(document, image.name, unit[0], runtime);
    if (seen) return make((value) => seen.scale * value + seen.offset, options.count);
    const advantage =
      (await measureLiveliness(session, make(RAW, TRIAL_SAMPLES))) / (await measureLiveliness(session, unit));
    return make(advantage > RAW_ADVANTAGE ? RAW : UNIT, options.count);
  } finally {
    await session.release();
  }
}

function makeFeeds(
  session: RuntimeSession,
  document: Document,
  pixels: Pixels,
  { count, seed }: SyntheticInputOptions,
): Record<string, RuntimeTensor>[] {
  const perSample = Math.max(1, ...session.inputs.map((input) => elementCount(input.dims.slice(1))));
  const batch = Math.min(count, Math.max(1, Math.floor(ELEMENTS_PER_RUN / perSample)));
  const enough = Math.min(count, Math.max(MIN_SAMPLES, Math.floor(MAX_ELEMENTS / perSample)));
  const feeds: Record<string, RuntimeTensor>[] = [];
  const random = new Random(seed);
  for (let start = 0; start < enough; ) {
    const size = Math.min(batch, enough - start);
    const feed: Record<string, RuntimeTensor> = {};
    let samples = size;
    for (const input of session.inputs) {
      feed[input.name] = makeInput(input, document, size, pixels, random);
      if (typeof input.dims[0] === 'number') samples = Math.min(size, Math.max(1, input.dims[0]));
    }
    feeds.push(feed);
    start += samples;
  }
  return feeds;
}

function makeInput(
  input: RuntimeValue,
  document: Document,
  batch: number,
  pixels: Pixels,
  random: Random,
): RuntimeTensor {
  const dims = input.dims.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? batch : FREE_LENGTH));
  const count = elementCount(dims);
  const { dataType } = input;
  if (isFloat(dataType)) {
    const image = imageShape(input);
    const values = new Float32Array(count);
    if (image) paintImages(values, dims, image.channelsLast, pixels, random);
    else for (let i = 0; i < count; i++) values[i] = random.normal();
    return { dataType, dims, data: floatData(dataType, values) };
  }
  const size =
    dataType === DataType.BOOL
      ? 2
      : (vocabularySize(document, input.name) ?? 2 ** Math.min(7, bitsPerElement(dataType) - 1));
  const values = Array.from({ length: count }, () => random.below(size));
  return { dataType, dims, data: integerData(input, values) };
}

/** Paints images over a whole batch. */
function paintImages(
  values: Float32Array,
  dims: readonly number[],
  channelsLast: boolean,
  pixels: Pixels,
  random: Random,
): void {
  const [batch, ...rest] = dims;
  const [channels, height, width] = channelsLast ? [rest[2], rest[0], rest[1]] : rest;
  const size = channels * height * width;
  for (let n = 0; n < batch; n++) {
    const image = paintImage(channels, height, width, random);
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < height * width; p++) {
        const value = image[c * height * width + p];
        values[n * size + (channelsLast ? p * channels + c : c * height * width + p)] = pixels(value);
      }
    }
  }
}

/** How much the outputs depend on the input: their variance over samples, as a share of their power. 0–1. */
async function measureLiveliness(
  session: RuntimeSession,
  feeds: readonly Record<string, RuntimeTensor>[],
): Promise<number> {
  const samples: Float32Array[] = [];
  for (const feed of feeds) {
    const batch = Object.values(feed)[0].dims[0];
    const outputs = Object.values(await session.run(feed)).filter((output) => output.data instanceof Float32Array);
    for (let n = 0; n < batch; n++) {
      const parts = outputs.filter((output) => output.dims[0] === batch);
      if (parts.length === 0) return 0;
      const { data } = parts[0];
      samples.push((data as Float32Array).slice((n * data.length) / batch, ((n + 1) * data.length) / batch));
    }
  }
  let variance = 0;
  let power = 0;
  for (let i = 0; i < samples[0].length; i++) {
    let sum = 0;
    let squares = 0;
    for (const sample of samples) {
      sum += sample[i];
      squares += sample[i] ** 2;
    }
    power += squares;
    variance += squares - (sum * sum) / samples.length;
  }
  return power > 0 && Number.isFinite(power) ? variance / power : 0;
}

/** Rank 4, one, three or four channels, at least 5 × 5 pixels. */
function imageShape(input: RuntimeValue): { channelsLast: boolean } | null {
  if (input.dims.length !== 4 || !isFloat(input.dataType)) return null;
  const [, a, b, c] = input.dims;
  const isChannels = (dim: Dimension) => dim === 1 || dim === 3 || dim === 4;
  const isSide = (dim: Dimension) => typeof dim !== 'number' || dim >= 5;
  if (isChannels(a) && isSide(b) && isSide(c)) return { channelsLast: false };
  if (isChannels(c) && isSide(a) && isSide(b)) return { channelsLast: true };
  return null;
}

function floatData(dataType: DataType, values: Float32Array): RuntimeTensor['data'] {
  if (dataType === DataType.DOUBLE) return Float64Array.from(values);
  if (dataType === DataType.FLOAT16) return Uint16Array.from(values, numberToHalf);
  return values;
}

function integerData(input: RuntimeValue, values: number[]): RuntimeTensor['data'] {
  switch (input.dataType) {
    case DataType.INT64:
      return BigInt64Array.from(values, BigInt);
    case DataType.UINT64:
      return BigUint64Array.from(values, BigInt);
    case DataType.INT32:
      return Int32Array.from(values);
    case DataType.UINT32:
      return Uint32Array.from(values);
    case DataType.INT16:
      return Int16Array.from(values);
    case DataType.UINT16:
      return Uint16Array.from(values);
    case DataType.INT8:
      return Int8Array.from(values);
    case DataType.UINT8:
    case DataType.BOOL:
      return Uint8Array.from(values);
    default:
      throw new WringError(
        'E_UNSUPPORTED',
        `Input "${input.name}": no synthetic data of type ${dataTypeName(input.dataType)}; give samples with --data`,
      );
  }
}

function elementCount(dims: readonly Dimension[]): number {
  return dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : FREE_LENGTH), 1);
}
