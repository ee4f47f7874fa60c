import { assertInRange, assertInteger } from '../option-checks.js';

export interface VnqOptions {
  /** Values on either side of 0, 1 – 4: 1 is ternary (default: 1). */
  levels?: number;
  /** log α from which a weight is pruned, −10 – 10 (default: 2). */
  threshold?: number;
  /** Epochs in which the prior climbs to its full strength; null: 15 of 195 (default: null). */
  warmup?: number | null;
  /** Factor of the prior, whose strength of 1 is that of the evidence bound. 0 – 1000 (default: 1). */
  regularizer?: number;
  /** The prior with the correction by log K near its levels, which the paper leaves out (default: false). */
  corrected?: boolean;
  /** Scale of every layer in the beginning, 0.05 – 100; null: the mean of the upper half of its magnitudes (default: null). */
  startScale?: number | null;
  /** log σ² of the beginning, −10 – 1 (default: −8). */
  logVariance?: number;
  /** Factor of the learning rate of log σ², 0.001 – 1000 (default: 1). */
  varianceRate?: number;
  /** Factor of the learning rate of a layer's scale, 0 – 1 (default: 1/100). */
  scaleRate?: number;
}

export const VNQ_DEFAULTS: Readonly<Required<VnqOptions>> = {
  levels: 1,
  threshold: 2,
  warmup: null,
  regularizer: 1,
  corrected: false,
  startScale: null,
  logVariance: -8,
  varianceRate: 1,
  scaleRate: 1 / 100,
};

/** @throws {WringError} E_OPTION */
export function resolveVnqOptions(options: VnqOptions): Required<VnqOptions> {
  const resolved = { ...VNQ_DEFAULTS, ...options };
  assertInteger('vnq', 'levels', resolved.levels, 1, 4);
  assertInRange('vnq', 'threshold', resolved.threshold, -10, 10);
  if (resolved.warmup !== null) assertInRange('vnq', 'warmup', resolved.warmup, 0, 2 ** 31);
  assertInRange('vnq', 'regularizer', resolved.regularizer, 0, 1000);
  if (resolved.startScale !== null) assertInRange('vnq', 'startScale', resolved.startScale, LEAST_SCALE, 100);
  assertInRange('vnq', 'logVariance', resolved.logVariance, LOG_VARIANCES[0], LOG_VARIANCES[1]);
  assertInRange('vnq', 'varianceRate', resolved.varianceRate, 0.001, 1000);
  assertInRange('vnq', 'scaleRate', resolved.scaleRate, 0, 1);
  return resolved;
}

/** Least distance of the outermost level from 0: a guard against a codebook that collapses. */
export const LEAST_SCALE = 0.05;
/** Where log σ² is clipped. */
export const LOG_VARIANCES: readonly [number, number] = [-10, 1];
