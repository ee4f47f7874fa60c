import type { Document, Tensor, TransformContext } from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { type Feed, OutputError } from './output-error.js';
import { measureSensitivity, standardDeviation } from './output-sensitivity.js';
import { type LayerMoments, measureSecondMoments } from './second-moment.js';

/** How far the weights may move: what a method weighs distortion with. */
export interface Posterior {
  /** Output error per step² of a tensor, see `measureSensitivity`. */
  readonly sensitivity: ReadonlyMap<Tensor, number>;
  /** Input moments of a layer, where they could be measured. */
  readonly moments: ReadonlyMap<Tensor, LayerMoments>;
  /** Compares a changed document with the original; null where no runtime was there. */
  readonly outputs: OutputError | null;
}

/** Sensitivities need a run of the model for every tensor, but no more samples than these. */
const SENSITIVITY_SAMPLES = 64;

/** Measures the posterior of `tensors` by running the model on `feeds`. */
export async function measurePosterior(
  document: Document,
  tensors: readonly Tensor[],
  feeds: readonly Feed[],
  runtime: Runtime,
  seed: number,
  context: TransformContext,
): Promise<Posterior> {
  const outputs = await OutputError.of(document, feeds, runtime);
  const moments = await measureSecondMoments(document, new Set(tensors), feeds, runtime, context);
  const few = firstSamples(feeds, SENSITIVITY_SAMPLES);
  const sensed = few.length < feeds.length ? await OutputError.of(document, few, runtime) : outputs;
  const sensitivity = await measureSensitivity(document, tensors, sensed, seed, context);
  return { sensitivity, moments, outputs };
}

/** As many feeds as hold `count` samples, or all. */
function firstSamples(feeds: readonly Feed[], count: number): readonly Feed[] {
  let samples = 0;
  const last = feeds.findIndex((feed) => {
    samples += Object.values(feed)[0].dims[0] ?? 1;
    return samples >= count;
  });
  return last < 0 ? feeds : feeds.slice(0, last + 1);
}

/**
 * The posterior without a runtime: relative distance, a weight may move in proportion to its tensor's spread, and every
 * tensor matters alike.
 */
export function spreadPosterior(tensors: readonly Tensor[]): Posterior {
  const total = tensors.reduce((sum, tensor) => sum + tensor.elementCount, 0);
  const sensitivity = new Map<Tensor, number>();
  for (const tensor of tensors) {
    const spread = standardDeviation(tensor.toFloat32());
    if (spread > 0) sensitivity.set(tensor, tensor.elementCount / total / (12 * spread * spread));
  }
  return { sensitivity, moments: new Map(), outputs: null };
}
