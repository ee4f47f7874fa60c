import { bitsPerElement, DataType, type Dimension, type Document, isFloat, Random } from '../core/index.js';
import { toNumbers } from '../data/typed-array.js';
import type { RuntimeSession, RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';
import { encodeNumbers } from './encode-numbers.js';
import { FEED_SAMPLES, samplesPerRun } from './run-size.js';
import { paintImage } from './synthetic-image.js';
import { drawTokens } from './synthetic-tokens.js';
import { vocabularySize } from './vocabulary.js';

/** What a free dimension other than the batch is set to. */
const FREE_LENGTH = 32;
/** Large samples tell more each: no more of them than make up this many elements, and one at least. */
const MAX_ELEMENTS = 2_500_000;

/** Outputs are kept, not computed on: they count for less. */
const OUTPUT_WEIGHT = 1 / 8;

/** From a unit pixel (mean 0, spread 1) to what the model is given. */
export type Pixels = (value: number) => number;

/**
 * Feeds of one or more samples each, as the inputs of a session want them: fixed sizes as they are, the first dimension the
 * batch, other free ones 32. `count` samples in all, fewer of large ones, rounded up to a fixed batch. Images are in unit
 * pixels.
 *
 * @throws {WringError} E_UNSUPPORTED for inputs that hold neither floats nor integers
 */
export function makeFeeds(
  session: RuntimeSession,
  document: Document,
  { count, seed }: { readonly count: number; readonly seed: number },
): Record<string, RuntimeTensor>[] {
  const inputs = session.inputs.map(({ dims }) => elementCount(dims.slice(1)));
  const outputs = session.outputs.map(({ dims }) => OUTPUT_WEIGHT * elementCount(dims.slice(1)));
  const perSample = Math.max(1, ...inputs, ...outputs);
  const batch = samplesPerRun(perSample, Math.min(count, FEED_SAMPLES));
  const enough = Math.min(count, Math.max(1, Math.floor(MAX_ELEMENTS / perSample)));
  const feeds: Record<string, RuntimeTensor>[] = [];
  const random = new Random(seed);
  for (let start = 0; start < enough; ) {
    const size = Math.min(batch, enough - start);
    const feed: Record<string, RuntimeTensor> = {};
    let samples = size;
    for (const input of session.inputs) {
      feed[input.name] = makeInput(input, document, size, random);
      if (typeof input.dims[0] === 'number') samples = Math.min(size, Math.max(1, input.dims[0]));
    }
    feeds.push(feed);
    start += samples;
  }
  return feeds;
}

/** The same feeds with other pixels. */
export function withPixels(
  session: RuntimeSession,
  feeds: readonly Record<string, RuntimeTensor>[],
  pixels: Pixels,
): Record<string, RuntimeTensor>[] {
  const images = session.inputs.filter((input) => imageShape(input));
  return feeds.map((feed) => {
    const changed = { ...feed };
    for (const input of images) {
      const { [input.name]: image } = feed;
      const values = Float32Array.from(toNumbers(image), pixels);
      changed[input.name] = { ...image, data: encodeNumbers(values, input) };
    }
    return changed;
  });
}

function makeInput(input: RuntimeValue, document: Document, batch: number, random: Random): RuntimeTensor {
  const dims = input.dims.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? batch : FREE_LENGTH));
  const count = elementCount(dims);
  const { dataType } = input;
  if (isFloat(dataType)) {
    const image = imageShape(input);
    const values = new Float32Array(count);
    if (image) paintImages(values, dims, image.channelsLast, random);
    else for (let i = 0; i < count; i++) values[i] = random.normal();
    return { dataType, dims, data: encodeNumbers(values, input) };
  }
  return { dataType, dims, data: encodeNumbers(makeIntegers(input, dims, document, random), input) };
}

/** Tokens, one sequence a sample; ones for masks, and places in order, told by name as every exporter calls them. */
function makeIntegers(input: RuntimeValue, dims: readonly number[], document: Document, random: Random): number[] {
  const count = elementCount(dims);
  const length = dims.at(-1) ?? 1;
  if (/mask/i.test(input.name)) return new Array<number>(count).fill(1);
  if (/position/i.test(input.name)) return Array.from({ length: count }, (_, i) => i % length);
  if (input.dataType === DataType.BOOL) return Array.from({ length: count }, () => random.below(2));
  const vocabulary =
    vocabularySize(document, input.name) ?? 2 ** Math.min(7, Math.max(1, bitsPerElement(input.dataType) - 1));
  const perSample = count / Math.max(1, dims[0] ?? 1);
  return Array.from({ length: count / perSample }, () => drawTokens(perSample, vocabulary, random)).flat();
}

/** Paints images over a whole batch. */
function paintImages(values: Float32Array, dims: readonly number[], channelsLast: boolean, random: Random): void {
  const [batch, ...rest] = dims;
  const [channels, height, width] = channelsLast ? [rest[2], rest[0], rest[1]] : rest;
  const size = channels * height * width;
  for (let n = 0; n < batch; n++) {
    const image = paintImage(channels, height, width, random);
    if (!channelsLast) values.set(image, n * size);
    else {
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < height * width; p++) values[n * size + p * channels + c] = image[c * height * width + p];
      }
    }
  }
}

/** Rank 4, one, three or four channels, at least 5 × 5 pixels. */
export function imageShape(input: RuntimeValue): { channelsLast: boolean } | null {
  if (input.dims.length !== 4 || !isFloat(input.dataType)) return null;
  const [, a, b, c] = input.dims;
  const isChannels = (dim: Dimension) => dim === 1 || dim === 3 || dim === 4;
  const isSide = (dim: Dimension) => typeof dim !== 'number' || dim >= 5;
  if (isChannels(a) && isSide(b) && isSide(c)) return { channelsLast: false };
  if (isChannels(c) && isSide(a) && isSide(b)) return { channelsLast: true };
  return null;
}

function elementCount(dims: readonly Dimension[]): number {
  return dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : FREE_LENGTH), 1);
}
