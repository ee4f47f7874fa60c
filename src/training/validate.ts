import { type Document, isFloat } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { evaluateAccuracy, evaluateLanguage } from '../evaluation/index.js';
import type { Runtime } from '../runtime/runtime.js';

/** How well a model does on samples that it was not trained on. */
export interface Score {
  readonly metric: 'top-1 (%)' | 'loss';
  readonly value: number;
  readonly count: number;
}

/** Whether `score` beats `best`; a tie does not. */
export function isBetter(score: Score, best: Score): boolean {
  return score.metric === 'loss' ? score.value < best.value : score.value > best.value;
}

/**
 * Top-1 with labels, the loss of the next token on sequences of tokens. On one thread, so that a score can be had again.
 *
 * @returns null where samples have neither
 */
export async function scoreOf(
  document: Document,
  dataset: Dataset,
  indices: Uint32Array,
  runtime: Runtime,
): Promise<Score | null> {
  const part = subset(dataset, indices);
  const single: Runtime = { ...runtime, load: (model, options) => runtime.load(model, { ...options, threads: 1 }) };
  if (dataset.labels) {
    const { top1, count } = await evaluateAccuracy(document, part, single);
    return { metric: 'top-1 (%)', value: top1, count };
  }
  const { dataType, dims } = dataset.batch(0, 1);
  if (dims.length !== 2 || isFloat(dataType)) return null;
  const { nll, count } = await evaluateLanguage(document, part, single);
  return { metric: 'loss', value: nll, count };
}

/** Samples of a data set by their indices, ascending. */
export function subset(dataset: Dataset, indices: Uint32Array): Dataset {
  const { labels } = dataset;
  return {
    name: dataset.name,
    length: indices.length,
    labels: labels && Array.from(indices, (index) => labels[index]),
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
