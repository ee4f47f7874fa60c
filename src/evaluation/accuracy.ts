import { type Document, type Progress, producersOf, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { toNumbers } from '../data/typed-array.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { datasetRuns } from './dataset-inputs.js';
import { floatOutput } from './float-output.js';
import { wilsonInterval } from './wilson-interval.js';

export interface EvaluationOptions {
  /** Only the first samples (default: all). */
  readonly limit?: number;
  /** Which output holds the scores (default: the first float one). */
  readonly output?: string;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Accuracy {
  /** Share of samples whose label has the highest score, in %; among equal scores the first class wins. */
  readonly top1: number;
  /** Share of samples whose label is among the five highest scores, in %. */
  readonly top5: number;
  /** 95 % interval of `top1` (Wilson), in %. */
  readonly interval: readonly [number, number];
  readonly count: number;
}

/**
 * Runs a classifier on labelled samples. A single score a sample is that of class 1: class 0 is below 1/2 of a probability, that is
 * where the score comes from a Sigmoid, and below 0 of a logit.
 *
 * @throws {WringError} E_OPTION without labels, E_SHAPE when samples or labels do not fit the model, E_RUNTIME
 */
export async function evaluateAccuracy(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: EvaluationOptions = {},
): Promise<Accuracy> {
  const { labels } = dataset;
  if (!labels) throw new WringError('E_OPTION', `"${dataset.name}" has no labels, so there is no accuracy to measure`);
  const total = Math.min(options.limit ?? dataset.length, dataset.length);
  const session = await runtime.load(modelBytes(document));
  let top1 = 0;
  let top5 = 0;
  try {
    const output = floatOutput(session, options.output);
    const threshold = comesFromSigmoid(document, output) ? 0.5 : 0;
    for (const { start, count, feed } of datasetRuns(session, dataset, total)) {
      const scores = (await session.run(feed))[output];
      const batch = Object.values(feed)[0].dims[0];
      for (let i = 0; i < count; i++) {
        const own = sampleScores(scores, i, batch);
        const rank = rankOf(own.length === 1 ? [threshold, own[0]] : own, labels[start + i], output);
        if (rank === 0) top1++;
        if (rank < 5) top5++;
      }
      options.onProgress?.({ step: 'evaluate', done: start + count, total });
    }
  } finally {
    await session.release();
  }
  const [low, high] = wilsonInterval(top1, total);
  return { top1: (100 * top1) / total, top5: (100 * top5) / total, interval: [100 * low, 100 * high], count: total };
}

function sampleScores(scores: RuntimeTensor, sample: number, batch: number): ArrayLike<number> {
  const classes = scores.data.length / batch;
  const { dataType, data } = scores;
  return toNumbers({ dataType, dims: [classes], data: data.subarray(sample * classes, (sample + 1) * classes) });
}

/** Operators that change no number. */
const TRANSPARENT = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/** Also behind what changes no number. */
export function comesFromSigmoid({ graph }: Document, output: string): boolean {
  const producers = producersOf(graph);
  let node = producers.get(output);
  while (node && TRANSPARENT.has(node.opType)) node = producers.get(node.inputs[0]);
  return node?.opType === 'Sigmoid';
}

/** How many classes are before `label`: by score, then by index. What is not a number is before all others. */
function rankOf(scores: ArrayLike<number>, label: number, output: string): number {
  if (label >= scores.length) {
    throw new WringError(
      'E_SHAPE',
      `Output "${output}" has ${scores.length} values a sample but there is a label ${label}; is it the right data set?`,
    );
  }
  const score = scores[label];
  let rank = 0;
  for (let k = 0; k < scores.length; k++) {
    if (k !== label && !(k < label ? scores[k] < score : scores[k] <= score)) rank++;
  }
  return rank;
}
