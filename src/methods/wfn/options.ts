import { assertInRange, assertOneOf, assertRounds } from '../option-checks.js';

export interface WfnOptions {
  /** δ: mean relative move that a cluster may cost, and the spacing of the proposals. 0.0001 – 0.9999 (default: 0.0075). */
  delta?: number;
  /** γ0: weights below it may become 0 for free; also the smallest centroid of order 0. 1e-6 – 1e6 (default: 2^-7). */
  zeroThreshold?: number;
  /**
   * Cumulative shares of the weights that are fixed after each round, ascending, the last 1 (default: [1]). Round t of T
   * works with δ · max(1, T − t).
   */
  rounds?: readonly number[];
  /**
   * 'strict' (default): what a round has fixed stays fixed, small weights go to 0 alone and the smallest of them first, and no weight
   * moves by more than twice the tolerance. 'released': as in the authors' code, every round begins anew with all weights, those fixed
   * before being at their centroids, small weights vote for what is nearest, and only the mean move is bounded.
   */
  variant?: 'strict' | 'released';
}

export const WFN_DEFAULTS: Readonly<Required<WfnOptions>> = {
  delta: 0.0075,
  zeroThreshold: 1 / 128,
  rounds: [1],
  variant: 'strict',
};

/** The ten rounds of the authors' experiments, between which the rest is trained. */
export const WFN_SCHEDULE: readonly number[] = [0.3, 0.6, 0.8, 0.9, 0.95, 0.975, 0.99, 0.9975, 0.999, 1];

/** @throws {WringError} E_OPTION */
export function resolveWfnOptions(options: WfnOptions): Required<WfnOptions> {
  const resolved = { ...WFN_DEFAULTS, ...options };
  assertInRange('wfn', 'delta', resolved.delta, 1e-4, 0.9999);
  assertInRange('wfn', 'zeroThreshold', resolved.zeroThreshold, 1e-6, 1e6);
  assertRounds('wfn', resolved.rounds);
  assertOneOf('wfn', 'variant', resolved.variant, ['strict', 'released']);
  return resolved;
}
