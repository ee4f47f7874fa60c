import { type Document, isFloat } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { pickTargets } from '../data/targets.js';
import {
  type EvaluationOptions,
  evaluateAccuracy,
  evaluateBinaryCrossEntropy,
  evaluateLanguage,
  evaluateSquaredError,
} from '../evaluation/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Loss } from './losses/loss.js';

/** How well a model does on samples that it was not trained on. */
export interface Score {
  readonly metric: 'top-1 (%)' | 'loss' | 'squared error';
  readonly value: number;
  readonly count: number;
}

/** Whether `score` beats `best`; a tie does not. */
export function isBetter(score: Score, best: Score): boolean {
  return score.metric === 'top-1 (%)' ? score.value > best.value : score.value < best.value;
}

/** {@link scoreOn} samples by their indices, ascending; on one thread, so that a score can be had again. */
export function scoreOf(
  document: Document,
  dataset: Dataset,
  indices: Uint32Array,
  runtime: Runtime,
  losses: readonly Loss[],
): Promise<Score | null> {
  const single: Runtime = { ...runtime, load: (model, options) => runtime.load(model, { ...options, threads: 1 }) };
  return scoreOn(document, subset(dataset, indices), single, losses);
}

/**
 * Top-1 with labels; with targets their binary cross-entropy, if that is what is trained for, or else the squared error; the loss of the
 * next token on sequences of tokens.
 *
 * @param losses what is trained for
 * @returns null where samples have none of these
 */
export async function scoreOn(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  losses: readonly Loss[],
  options: EvaluationOptions = {},
): Promise<Score | null> {
  if (dataset.labels) {
    const { top1, count } = await evaluateAccuracy(document, dataset, runtime, options);
    return { metric: 'top-1 (%)', value: top1, count };
  }
  if (dataset.targets) {
    const isBinary = losses.some(({ kind }) => kind === 'binary-cross-entropy');
    const evaluate = isBinary ? evaluateBinaryCrossEntropy : evaluateSquaredError;
    const { mean, count } = await evaluate(document, dataset, runtime, options);
    return { metric: isBinary ? 'loss' : 'squared error', value: mean, count };
  }
  const { dataType, dims } = dataset.batch(0, 1);
  if (dims.length !== 2 || isFloat(dataType)) return null;
  const { nll, count } = await evaluateLanguage(document, dataset, runtime, options);
  return { metric: 'loss', value: nll, count };
}

/** Samples of a data set by their indices, ascending. */
export function subset(dataset: Dataset, indices: Uint32Array): Dataset {
  const { labels, targets } = dataset;
  return {
    name: dataset.name,
    length: indices.length,
    labels: labels && Array.from(indices, (index) => labels[index]),
    targets: targets ? pickTargets(targets, indices) : null,
    batch: (start, count) => {
      const first = dataset.batch(indices[start], 1);
      const size = first.data.length;
      const Class = first.data.constructor as new (length: number) => typeof first.data;
      const data = new Class(count * size);
      for (let i = 0; i < count; i++) data.set(dataset.batch(indices[start + i], 1).data as never, i * size);
      return { dataType: first.dataType, dims: [count, ...first.dims.slice(1)], data };
    },
  };
}
