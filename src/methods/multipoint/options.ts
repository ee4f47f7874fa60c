import { WringError } from '../../core/index.js';
import { assertInRange, assertInteger, assertOneOf } from '../option-checks.js';

/** When a channel, or the network, has points enough. */
export type PointRule =
  /** ε: a channel takes points until its output error is at most this share of the mean power of its layer's channels. */
  | { readonly by: 'threshold'; readonly value: number }
  /** The channels that gain most by a byte take points until the error that is expected of the network's outputs is at most this. */
  | { readonly by: 'noise'; readonly value: number }
  /** … as long as all further points take at most this share of the bytes of the first. */
  | { readonly by: 'bytes'; readonly value: number }
  /** … by an operation, as long as they take at most this share of the multiplications. */
  | { readonly by: 'operations'; readonly value: number };

export interface MultipointOptions {
  /** b: a point has whole multiples of its scale from −(2^(b−1) − 1) to 2^(b−1) − 1. An integer, 2–8 (default: 4). */
  bits?: number;
  /**
   * How the scale of a point is found: the best of 32 and three closed-form refits (`grid`, default); the best of all, by a
   * sweep over the breakpoints (`exact`); or on the paper's grid (`paper`).
   */
  search?: 'grid' | 'exact' | 'paper';
  /** Whether the first point of every channel has a scale of its own (default), or all of a tensor share one. */
  granularity?: 'channel' | 'tensor';
  /**
   * Fit all coefficients of a channel anew after each point: not at all, to the weights, or to the layer's output (default;
   * the weights where inputs are not known). The paper does not.
   */
  refit?: 'none' | 'weights' | 'outputs';
  /** n_max. An integer, 1–8 (default: 3). */
  maxPoints?: number;
  /** How many points there are (default: threshold 0.01). */
  points?: PointRule;
  /** Take what the mean of a layer's output has moved by back out of its bias, where inputs are known (default: true). */
  biasCorrection?: boolean;
}

export const MULTIPOINT_DEFAULTS: Readonly<Required<MultipointOptions>> = {
  bits: 4,
  search: 'grid',
  granularity: 'channel',
  refit: 'outputs',
  maxPoints: 3,
  points: { by: 'threshold', value: 0.01 },
  biasCorrection: true,
};

/** @throws {WringError} E_OPTION */
export function resolveMultipointOptions(options: MultipointOptions): Required<MultipointOptions> {
  const resolved = { ...MULTIPOINT_DEFAULTS, ...options };
  const { points } = resolved;
  assertInteger('multipoint', 'bits', resolved.bits, 2, 8);
  assertOneOf('multipoint', 'search', resolved.search, ['grid', 'exact', 'paper']);
  assertOneOf('multipoint', 'granularity', resolved.granularity, ['channel', 'tensor']);
  assertOneOf('multipoint', 'refit', resolved.refit, ['none', 'weights', 'outputs']);
  assertInteger('multipoint', 'maxPoints', resolved.maxPoints, 1, 8);
  assertOneOf('multipoint', 'points.by', points.by, ['threshold', 'noise', 'bytes', 'operations']);
  assertInRange('multipoint', 'points.value', points.value, 0, 1e6);
  if (points.by === 'noise' && points.value === 0) {
    throw new WringError('E_OPTION', 'multipoint: expected points.value above 0: no number of points leaves no noise');
  }
  return resolved;
}
