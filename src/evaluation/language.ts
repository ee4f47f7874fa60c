import { type Document, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { toNumbers } from '../data/typed-array.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import type { EvaluationOptions } from './accuracy.js';
import { datasetRuns } from './dataset-inputs.js';
import { floatOutput } from './float-output.js';

export interface LanguageLoss {
  /** Mean negative log-likelihood of the next token, in nats. */
  readonly nll: number;
  /** Share of positions where the likeliest token is the next one, in %. */
  readonly agreement: number;
  /** Positions: (length − 1) a sequence. */
  readonly count: number;
}

/**
 * Runs a causal language model, tokens [N, T] → logits [N, T, vocabulary], on sequences: how well does it foresee each
 * next token?
 *
 * @throws {WringError} E_SHAPE when inputs or outputs are not of these shapes, E_RUNTIME
 */
export async function evaluateLanguage(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: EvaluationOptions = {},
): Promise<LanguageLoss> {
  const total = Math.min(options.limit ?? dataset.length, dataset.length);
  const session = await runtime.load(modelBytes(document));
  let [loss, hits, positions] = [0, 0, 0];
  try {
    const output = floatOutput(session, options.output);
    for (const { start, count, feed } of datasetRuns(session, dataset, total)) {
      const [tokens] = Object.values(feed);
      const logits = (await session.run(feed))[output];
      const [length, vocabulary] = logitDims(tokens, logits, output);
      const next = toNumbers(tokens);
      const scores = toNumbers(logits);
      for (let n = 0; n < count; n++) {
        for (let t = 0; t + 1 < length; t++) {
          const row = (n * length + t) * vocabulary;
          const token = next[n * length + t + 1];
          const { nll, best } = readRow(scores, row, vocabulary, token);
          loss += nll;
          if (best === token) hits++;
          positions++;
        }
      }
      options.onProgress?.({ step: 'evaluate', done: start + count, total });
    }
  } finally {
    await session.release();
  }
  return { nll: loss / positions, agreement: (100 * hits) / positions, count: positions };
}

function logitDims(tokens: RuntimeTensor, logits: RuntimeTensor, output: string): [number, number] {
  const [batch, length] = tokens.dims;
  const [n, t, vocabulary] = logits.dims;
  if (tokens.dims.length === 2 && logits.dims.length === 3 && n === batch && t === length && length > 1) {
    return [length, vocabulary];
  }
  throw new WringError(
    'E_SHAPE',
    `Expected tokens [N, T > 1] and logits [N, T, vocabulary] but received [${tokens.dims.join(', ')}] and ` +
      `"${output}" [${logits.dims.join(', ')}]`,
  );
}

/** −ln softmax of `token`, and the first token of the highest score, in one row of scores. */
function readRow(
  scores: ArrayLike<number>,
  row: number,
  vocabulary: number,
  token: number,
): { nll: number; best: number } {
  let best = 0;
  for (let k = 1; k < vocabulary; k++) if (scores[row + k] > scores[row + best]) best = k;
  const highest = scores[row + best];
  let sum = 0;
  for (let k = 0; k < vocabulary; k++) sum += Math.exp(scores[row + k] - highest);
  return { nll: Math.log(sum) + highest - scores[row + token], best };
}
