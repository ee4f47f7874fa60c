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
  const sensitivity = await measureSensitivity(document, tensors, outputs, seed, context);
  return { sensitivity, moments, outputs };
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
