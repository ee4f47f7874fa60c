import type { Document } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import type { Loss } from './losses/loss.js';
import type { TrainOptions } from './options.js';
import { type TrainPorts, type TrainReport, train } from './train.js';

/** Where they differ from those of {@link train}. */
export const FINETUNE_DEFAULTS = {
  epochs: 3,
  learningRate: 0.001,
  batchNorm: 'inference',
  neverWorse: true,
} as const satisfies TrainOptions;

/**
 * {@link train} at defaults for weights that are good already: a low rate, the stored statistics of batch normalization, by
 * {@link usualLoss}; where no epoch does better on the validation split the model stays as it came. In place.
 *
 * @throws {WringError} as `train`
 */
export function finetune(document: Document, options: TrainOptions, ports: TrainPorts): Promise<TrainReport> {
  return train(document, { ...FINETUNE_DEFAULTS, loss: usualLoss(ports.dataset), ...options }, ports);
}

/** Labels, targets, and the next token of a text, tell what is right; else it is what the model says (distillation). */
export function usualLoss(dataset: Dataset): Loss {
  if (dataset.targets) return { kind: 'mean-squared-error' };
  return { kind: dataset.labels || isText(dataset) ? 'cross-entropy' : 'distillation' };
}

function isText(dataset: Dataset): boolean {
  const { data, dims } = dataset.batch(0, 1);
  return dims.length === 2 && !(data instanceof Float32Array || data instanceof Float64Array);
}
