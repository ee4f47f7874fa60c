import { DataType, type Document, type Progress, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor } from '../runtime/runtime.js';

export interface AccuracyOptions {
  /** Only the first samples. */
  readonly limit?: number;
  /** Samples a run (default: 50, or the model's own fixed batch). */
  readonly batch?: number;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Accuracy {
  /** Samples it was measured on. */
  readonly count: number;
  /** Percent. */
  readonly top1: number;
  readonly top5: number;
  /** 95 % interval of top-1, in percent (Wilson 1927). */
  readonly interval: readonly [low: number, high: number];
}

/**
 * Runs a classifier on labelled samples; its first float output holds the scores.
 * @throws {WringError} E_OPTION without labels, E_RUNTIME, E_SHAPE for scores that do not fit
 */
export async function evaluateAccuracy(
  model: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: AccuracyOptions = {},
): Promise<Accuracy> {
  const { labels } = dataset;
  if (!labels) throw new WringError('E_OPTION', `Data set "${dataset.name}" has no labels to compare with`);
  const session = await runtime.load(modelBytes(model));
  try {
    const count = Math.min(options.limit ?? dataset.length, dataset.length);
    const hits = { top1: 0, top5: 0 };
    const batch = batchSize(session, options.batch ?? 50);
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      const scores = await runScores(session, dataset.batch(start, size));
      const classes = scores.length / size;
      if (!Number.isInteger(classes)) {
        throw new WringError('E_SHAPE', `Expected scores for ${size} samples but received ${scores.length} numbers`);
      }
      for (let n = 0; n < size; n++) {
        const rank = rankOf(scores.subarray(n * classes, (n + 1) * classes), labels[start + n]);
        if (rank === 0) hits.top1++;
        if (rank < 5) hits.top5++;
      }
      options.onProgress?.({ step: 'accuracy', done: start + size, total: count });
    }
    return {
      count,
      top1: (100 * hits.top1) / count,
      top5: (100 * hits.top5) / count,
      interval: wilson(hits.top1, count),
    };
  } finally {
    await session.release();
  }
}

export interface LanguageQuality {
  /** Positions it was measured on. */
  readonly count: number;
  /** Mean negative log-likelihood of the next token, in nats. */
  readonly nll: number;
  /** Percent of positions whose likeliest token is the next. */
  readonly agreement: number;
}

/** Runs a language model (tokens [n, length] → logits [n, length, vocabulary]) on sequences, each predicting itself. */
export async function evaluateLanguage(model: Document, dataset: Dataset, runtime: Runtime): Promise<LanguageQuality> {
  const session = await runtime.load(modelBytes(model));
  try {
    let nll = 0;
    let agreed = 0;
    let count = 0;
    for (let sequence = 0; sequence < dataset.length; sequence++) {
      const tokens = dataset.batch(sequence, 1);
      const length = tokens.dims[1];
      const logits = await runScores(session, tokens);
      const vocabulary = logits.length / length;
      for (let position = 0; position + 1 < length; position++) {
        const row = logits.subarray(position * vocabulary, (position + 1) * vocabulary);
        const next = Number(tokens.data[position + 1]);
        const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
        nll += largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0)) - row[next];
        if (rankOf(row, next) === 0) agreed++;
        count++;
      }
    }
    return { count, nll: nll / count, agreement: (100 * agreed) / count };
  } finally {
    await session.release();
  }
}

/** How many scores are above that of `label`; ties before it count, as argmax takes the first. */
function rankOf(scores: Float32Array, label: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] > scores[label] || (scores[i] === scores[label] && i < label)) rank++;
  }
  return rank;
}

async function runScores(session: RuntimeSession, batch: RuntimeTensor): Promise<Float32Array> {
  const [input] = session.inputs;
  const outputs = await session.run({ [input.name]: cast(batch, input.dataType) });
  const scores = session.outputs.map(({ name }) => outputs[name]).find((output) => output.data instanceof Float32Array);
  if (!scores) throw new WringError('E_DATA_TYPE', 'Expected a float output with scores but the model has none');
  return scores.data as Float32Array;
}

/** Tokens as the model wants them. */
function cast(batch: RuntimeTensor, dataType: DataType): RuntimeTensor {
  if (batch.dataType !== DataType.INT32 || dataType !== DataType.INT64) return batch;
  return { ...batch, dataType, data: BigInt64Array.from(batch.data as Int32Array, BigInt) };
}

function batchSize(session: RuntimeSession, wanted: number): number {
  const fixed = session.inputs[0].dims[0];
  return typeof fixed === 'number' ? fixed : wanted;
}

/** The score interval for a proportion, z = 1.96. */
export function wilson(hits: number, count: number): readonly [number, number] {
  const z = 1.96;
  const share = hits / count;
  const centre = share + (z * z) / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const scale = 100 / (1 + (z * z) / count);
  return [(centre - half) * scale, (centre + half) * scale];
}
