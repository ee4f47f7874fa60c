import { assertInRange, assertInteger, assertOneOf, assertRounds } from '../option-checks.js';

export interface PwfnOptions {
  /** δ of the first round: how many σ a weight may move. 2^-10 – 2^10 (default: 1). */
  delta?: number;
  /** δ of the last round; those between are interpolated linearly. 2^-10 – 2^10 (default: 1). */
  deltaEnd?: number;
  /** Factor on δ within a round when a candidate set is exhausted. 1.0625 – 16 (default: 2). */
  increase?: number;
  /** b: the smallest power of two is 2^-b. 0 – 20 (default: 7). */
  bits?: number;
  /** ω: most powers of two in a sum. 1 – 6 (default: 4). */
  maxOrder?: number;
  /** Weights below 2^-b may become 0 for free (default: true). */
  zeroFix?: boolean;
  /** Cumulative shares of the weights that are fixed after each round, ascending, the last 1 (default: [1]). */
  rounds?: readonly number[];
  /**
   * 'strict' (default): what a round has fixed stays fixed, and the free centroid of `zeroFix` is 0. 'released': as in the
   * authors' code, every round begins anew with all weights, and the free centroid is the middle one of those left.
   */
  variant?: 'strict' | 'released';
}

export const PWFN_DEFAULTS: Readonly<Required<PwfnOptions>> = {
  delta: 1,
  deltaEnd: 1,
  increase: 2,
  bits: 7,
  maxOrder: 4,
  zeroFix: true,
  rounds: [1],
  variant: 'strict',
};

/**
 * The σ that a weight goes on with once it is fixed: the standard deviation of the means that share its value, one number for all of
 * them (`std-mu`, the paper's); the root of the mean square of their σ (`mean-sigma`); its own, divided by 2 or 10; its own, which is
 * trained on (`retrain`). The released code has 1 over that root for `mean-sigma`.
 */
export const SIGMA_JOINS = ['std-mu', 'mean-sigma', 'half', 'tenth', 'retrain'] as const;
export type SigmaJoin = (typeof SIGMA_JOINS)[number];

/** The ten rounds of the authors' experiments, between which μ and σ are trained. */
export const PWFN_SCHEDULE: readonly number[] = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 1];

/** @throws {WringError} E_OPTION */
export function resolvePwfnOptions(options: PwfnOptions): Required<PwfnOptions> {
  const resolved = { ...PWFN_DEFAULTS, ...options };
  assertInRange('pwfn', 'delta', resolved.delta, 1 / 1024, 1024);
  assertInRange('pwfn', 'deltaEnd', resolved.deltaEnd, 1 / 1024, 1024);
  assertInRange('pwfn', 'increase', resolved.increase, 1.0625, 16);
  assertInteger('pwfn', 'bits', resolved.bits, 0, 20);
  assertInteger('pwfn', 'maxOrder', resolved.maxOrder, 1, 6);
  assertRounds('pwfn', resolved.rounds);
  assertOneOf('pwfn', 'variant', resolved.variant, ['strict', 'released']);
  return resolved;
}
