import { type Document, Random } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor } from '../runtime/runtime.js';
import { scaleFromBatchNorm } from './input-scale.js';
import { sampleFromModel } from './sample-from-model.js';
import { imageShape, makeFeeds, type Pixels, withPixels } from './synthetic-feeds.js';
import { vocabularySize } from './vocabulary.js';

export interface SyntheticInputOptions {
  /** Samples in all (≥ 1); fewer of large ones. */
  readonly count: number;
  readonly seed: number;
}

const RAW: Pixels = (value) => Math.max(0, Math.min(255, Math.round(120 + 64 * value)));
/** Raw bytes must move the outputs this much more than unit pixels to be believed. */
const RAW_ADVANTAGE = 2;
const TRIAL_SAMPLES = 16;

/**
 * Inputs that a model can be run on when there is no data: images with the 1/f spectrum of natural ones, tokens within
 * the vocabulary (what the model itself would say, if it is a language model), plain noise otherwise. The scale of images
 * comes from the first batch normalization's statistics, if there is one. Else the model is run on images around 0 with
 * unit spread and on bytes from 0 to 255: at too small a scale the outputs hardly depend on the input. Finer steps do not
 * pay, as most networks are nearly homogeneous in their input above the scale at which their biases matter.
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
    const unit = makeFeeds(session, document, options);
    const image = session.inputs.find((input) => imageShape(input));
    if (!image) return await sampleIfLanguage(session, document, unit, options.seed);
    const seen = await scaleFromBatchNorm(document, image.name, unit[0], runtime);
    if (seen) return withPixels(session, unit, (value) => seen.scale * value + seen.offset);
    const trial = firstSamples(unit, TRIAL_SAMPLES);
    const advantage =
      (await measureLiveliness(session, withPixels(session, trial, RAW))) / (await measureLiveliness(session, trial));
    return advantage > RAW_ADVANTAGE ? withPixels(session, unit, RAW) : unit;
  } finally {
    await session.release();
  }
}

/** As many feeds as hold `count` samples, or all. */
function firstSamples(
  feeds: readonly Record<string, RuntimeTensor>[],
  count: number,
): readonly Record<string, RuntimeTensor>[] {
  let samples = 0;
  const enough = feeds.findIndex((feed) => {
    samples += Object.values(feed)[0].dims[0] ?? 1;
    return samples >= count;
  });
  return enough < 0 ? feeds : feeds.slice(0, enough + 1);
}

async function sampleIfLanguage(
  session: RuntimeSession,
  document: Document,
  feeds: readonly Record<string, RuntimeTensor>[],
  seed: number,
): Promise<Record<string, RuntimeTensor>[]> {
  const [input] = session.inputs;
  const vocabulary = input && vocabularySize(document, input.name);
  if (!vocabulary) return [...feeds];
  const random = new Random(seed).fork(1);
  const sampled: Record<string, RuntimeTensor>[] = [];
  for (const feed of feeds) sampled.push(await sampleFromModel(session, feed, vocabulary, random));
  return sampled;
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
