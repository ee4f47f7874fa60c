import { assertInRange, assertInteger } from '../option-checks.js';

export interface TuneOptions {
  /** How often every sample is seen; an integer, 1–10000 (default: 10). */
  epochs?: number;
  /** Samples a step, an integer, 1–4096 (default: 64). */
  batch?: number;
  /** Of Adam, in twentieths of a step and in tenths of the spread of a bias. Above 0, at most 1 (default: 0.02). */
  learningRate?: number;
  /** Of the order of the samples (default: 1). */
  seed?: number;
}

export const TUNE_DEFAULTS: Readonly<Required<TuneOptions>> = { epochs: 10, batch: 64, learningRate: 0.02, seed: 1 };

/** @throws {WringError} E_OPTION */
export function resolveTuneOptions(options: TuneOptions): Required<TuneOptions> {
  const resolved = { ...TUNE_DEFAULTS, ...options };
  assertInteger('tune', 'epochs', resolved.epochs, 1, 10000);
  assertInteger('tune', 'batch', resolved.batch, 1, 4096);
  assertInRange('tune', 'learningRate', resolved.learningRate, Number.MIN_VALUE, 1);
  assertInteger('tune', 'seed', resolved.seed, 0, 2 ** 32 - 1);
  return resolved;
}
