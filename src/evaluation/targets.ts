import { type Document, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { targetSize } from '../data/targets.js';
import { toNumbers } from '../data/typed-array.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { comesFromSigmoid, type EvaluationOptions } from './accuracy.js';
import { datasetRuns } from './dataset-inputs.js';
import { floatOutput } from './float-output.js';

export interface TargetError {
  /** Mean over samples and numbers. */
  readonly mean: number;
  /** Samples. */
  readonly count: number;
}

/** (y − t)² */
export function evaluateSquaredError(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: EvaluationOptions = {},
): Promise<TargetError> {
  return meanOver(document, dataset, runtime, options, () => (y, target) => (y - target) ** 2);
}

/** −t ln p − (1 − t) ln(1 − p), p being an output that comes from a Sigmoid, else the sigmoid of it. */
export function evaluateBinaryCrossEntropy(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: EvaluationOptions = {},
): Promise<TargetError> {
  return meanOver(document, dataset, runtime, options, (output) => {
    if (!comesFromSigmoid(document, output)) return (x, target) => softplus(x) - x * target;
    const log = (p: number) => Math.log(Math.max(p, LEAST));
    return (p, target) => -target * log(p) - (1 - target) * log(1 - p);
  });
}

/** The least normal float32: of what a probability has rounded to 0 the logarithm is finite. */
const LEAST = 2 ** -126;

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * Runs a model on samples that come with what its output is to be.
 *
 * @throws {WringError} E_OPTION without targets, E_SHAPE when they or the samples do not fit the model, E_RUNTIME
 */
async function meanOver(
  document: Document,
  dataset: Dataset,
  runtime: Runtime,
  options: EvaluationOptions,
  errorOf: (output: string) => (value: number, target: number) => number,
): Promise<TargetError> {
  const { targets } = dataset;
  if (!targets) throw new WringError('E_OPTION', `"${dataset.name}" does not say what the outputs are to be`);
  const total = Math.min(options.limit ?? dataset.length, dataset.length);
  const size = targetSize(targets);
  const session = await runtime.load(modelBytes(document));
  let sum = 0;
  try {
    const output = floatOutput(session, options.output);
    const error = errorOf(output);
    for (const { start, count, feed } of datasetRuns(session, dataset, total)) {
      const values = toNumbers((await session.run(feed))[output]);
      const own = values.length / Object.values(feed)[0].dims[0];
      if (own !== size) {
        throw new WringError(
          'E_SHAPE',
          `Output "${output}" has ${own} values a sample but "${dataset.name}" has ${size} targets; is it the right data set?`,
        );
      }
      for (let i = 0; i < count * size; i++) sum += error(values[i], targets.data[start * size + i]);
      options.onProgress?.({ step: 'evaluate', done: start + count, total });
    }
  } finally {
    await session.release();
  }
  return { mean: sum / (total * size), count: total };
}
