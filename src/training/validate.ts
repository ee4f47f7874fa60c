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

/**
 * Top-1 with labels; with targets their binary cross-entropy, if that is what is trained for, or else the squared error; the loss of the next token on sequences of tokens. On one thread, so that a score can be had again.
 *
 * @returns null where samples have neither
 */
export async function scoreOf(
  document: Document,
  dataset: Dataset,
  indices: Uint32Array,
  runtime: Runtime,
  losses: readonly Loss[],
): Promise<Score | null> {
  const part = subset(dataset, indices);
  const single: Runtime = { ...runtime, load: (model, options) => runtime.load(model, { ...options, threads: 1 }) };
  if (dataset.labels) {
    const { top1, count } = await evaluateAccuracy(document, part, single);
    return { metric: 'top-1 (%)', value: top1, count };
  }
  if (dataset.targets) return scoreOfTargets(document, part, single, losses);
  const { dataType, dims } = dataset.batch(0, 1);
  if (dims.length !== 2 || isFloat(dataType)) return null;
  const { nll, count } = await evaluateLanguage(document, part, single);
  return { metric: 'loss', value: nll, count };
}

/** With targets. @param losses what is trained for */
export async function scoreOfTargets(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  losses: readonly Loss[],
  options: EvaluationOptions = {},
): Promise<Score> {
  const isBinary = losses.some(({ kind }) => kind === 'binary-cross-entropy');
  const evaluate = isBinary ? evaluateBinaryCrossEntropy : evaluateSquaredError;
  const { mean, count } = await evaluate(document, dataset, runtime, options);
  return { metric: isBinary ? 'loss' : 'squared error', value: mean, count };
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
