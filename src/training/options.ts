import { WringError } from '../core/index.js';
import type { Augmentation } from './augmentation.js';
import type { Loss } from './losses/loss.js';
import { ADAM_DEFAULTS } from './optimizers/adam.js';
import { MOMENTUM_DEFAULTS } from './optimizers/momentum.js';
import type { OptimizerOptions } from './optimizers/optimizer.js';
import type { Schedule } from './schedule.js';
import type { DifferentiateOptions } from './training-graph.js';
import { type Parametrize, plainWeights } from './weight-parametrization.js';

export interface TrainOptions {
  /** How often every sample is seen (default: 10). */
  readonly epochs?: number;
  /** Samples a step, rounded up to whole shards (default: 128). */
  readonly batch?: number;
  /**
   * Samples of one run of the graph; a batch is several, on whatever workers there are. The result depends on it, by rounding and by
   * the statistics of a batch, but not on how many workers there are, nor on their timing (default: null, see `usualShard`).
   */
  readonly shard?: number | null;
  /** At its highest (default: 0.02). */
  readonly learningRate?: number;
  /** Default: momentum 0.9 of Nesterov, weight decay 0. */
  readonly optimizer?: OptimizerOptions;
  /** Default: half a cosine. */
  readonly schedule?: Schedule;
  /** The gradients of a step are scaled down to this norm where they exceed it (default: null, never). */
  readonly clip?: number | null;
  /** Default: cross-entropy of the first output. */
  readonly loss?: Loss | readonly Loss[];
  /** Statistics that normalize: those of the shard, keeping running ones, or the stored ones (default: 'batch'). */
  readonly batchNorm?: NonNullable<DifferentiateOptions['batchNorm']>;
  /**
   * Convolutions in the runtime's own layout, where a trial finds one: faster by a fifth, with other last bits on a processor
   * of another layout (default: true).
   */
  readonly nativeLayout?: boolean;
  /** Samples on which the stored statistics are estimated anew at the end; 0: none are (default: 0). */
  readonly reestimate?: number;
  /** Share of the data that is kept back, 0 ≤ x < 1 (default: 0.1). */
  readonly validation?: number;
  /**
   * Validates the model as it comes, too, and leaves it so where no epoch does better (default: false, the best epoch wins).
   */
  readonly neverWorse?: boolean;
  /** Which weights are the result: those of the epoch that does best on what was kept back, or the last (default: 'best'). */
  readonly keep?: 'best' | 'last';
  /** Default: none. */
  readonly augmentation?: Augmentation;
  /** Names of constants that are to stay as they are, statistics of batch normalization among them (default: none). */
  readonly freeze?: readonly string[];
  /** Names of the constants that are trained, those of `freeze` left out (default: null, all that can be). */
  readonly trainable?: readonly string[] | null;
  /** Forgets the weights first, see `initializeWeights` (default: false). */
  readonly fromScratch?: boolean;
  /** Of everything random (default: 0). */
  readonly seed?: number;
  /** Steps from one checkpoint to the next (default: 500). */
  readonly checkpointEvery?: number;
  /** What the method does to weights (default: nothing). */
  readonly parametrize?: Parametrize;
}

export type ResolvedTrainOptions = Required<TrainOptions>;

export const TRAIN_DEFAULTS: ResolvedTrainOptions = {
  epochs: 10,
  batch: 128,
  shard: null,
  learningRate: 0.02,
  optimizer: { kind: 'sgd' },
  schedule: { kind: 'cosine' },
  clip: null,
  loss: { kind: 'cross-entropy' },
  batchNorm: 'batch',
  nativeLayout: true,
  reestimate: 0,
  validation: 0.1,
  neverWorse: false,
  keep: 'best',
  augmentation: {},
  freeze: [],
  trainable: null,
  fromScratch: false,
  seed: 0,
  checkpointEvery: 500,
  parametrize: plainWeights,
};

/** @throws {WringError} E_OPTION naming the option and its range */
export function resolveTrainOptions(options: TrainOptions): ResolvedTrainOptions {
  const resolved = { ...TRAIN_DEFAULTS, ...options };
  for (const name of ['epochs', 'batch', 'checkpointEvery'] as const) {
    check(name, resolved[name], isCount(resolved[name]), 'an integer from 1 on');
  }
  const { shard, learningRate, clip, batchNorm, reestimate, validation, keep, seed, augmentation } = resolved;
  check('shard', shard, shard === null || isCount(shard), 'an integer from 1 on, or null');
  check('learningRate', learningRate, learningRate > 0 && Number.isFinite(learningRate), 'a positive number');
  checkOptimizer(resolved.optimizer);
  checkSchedule(resolved.schedule);
  check('clip', clip, clip === null || clip > 0, 'a positive number or null');
  checkOneOf('batchNorm', batchNorm, ['batch', 'inference']);
  check('reestimate', reestimate, Number.isInteger(reestimate) && reestimate >= 0, 'a number of samples');
  check('validation', validation, isBelowOne(validation), 'a share from 0 to below 1');
  checkOneOf('keep', keep, ['best', 'last']);
  check('seed', seed, Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, 'an integer from 0 to 2^32 − 1');
  const { pad = 0, mix = 0 } = augmentation;
  check('augmentation.pad', pad, Number.isInteger(pad) && pad >= 0, 'whole pixels from 0 on');
  check('augmentation.mix', mix, mix >= 0 && mix <= 1, 'a share from 0 to 1');
  return resolved;
}

function checkOptimizer(optimizer: OptimizerOptions): void {
  checkOneOf('optimizer.kind', optimizer.kind, ['sgd', 'adam']);
  const { momentum, beta1, beta2, epsilon, weightDecay } = { ...MOMENTUM_DEFAULTS, ...ADAM_DEFAULTS, ...optimizer };
  for (const [name, share] of Object.entries({ momentum, beta1, beta2 })) {
    check(`optimizer.${name}`, share, isBelowOne(share), 'a share from 0 to below 1');
  }
  check('optimizer.epsilon', epsilon, epsilon > 0 && Number.isFinite(epsilon), 'a positive number');
  check('optimizer.weightDecay', weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay), 'a number from 0 on');
}

function checkSchedule(schedule: Schedule): void {
  checkOneOf('schedule.kind', schedule.kind, ['constant', 'linear', 'cosine', 'step']);
  const { warmup = 0 } = schedule;
  check('schedule.warmup', warmup, warmup >= 0, 'a number of steps from 0 on');
  if (schedule.kind !== 'step') return;
  const { at, factor = 0.1 } = schedule;
  const areShares = Array.isArray(at) && at.every((share) => share >= 0 && share <= 1);
  check('schedule.at', at, areShares, 'a list of shares from 0 to 1');
  check('schedule.factor', factor, factor >= 0 && factor <= 1, 'a number from 0 to 1');
}

function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  check(name, value, allowed.includes(value), allowed.join(' or '));
}

function check(name: string, value: unknown, ok: boolean, expected: string): void {
  if (!ok) throw new WringError('E_OPTION', `Expected ${name} to be ${expected} but received ${value}`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function isBelowOne(share: number): boolean {
  return share >= 0 && share < 1;
}
