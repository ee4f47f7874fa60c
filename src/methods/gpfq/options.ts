import { assertInRange, assertInteger, assertOneOf } from '../option-checks.js';

export interface GpfqOptions {
  /**
   * M: values in the alphabet of a layer, equally spaced between −radius and +radius. An integer, 2–4097 (default: 17, the
   * 2^b + 1 values that the second paper calls four bits). An even number has no zero, as in the first paper.
   */
  levels?: number;
  /**
   * What the radius follows from. `percentile` (default): the mean over output channels of a percentile of their |w|, as in
   * the second paper; `median`: the median |w| of the layer, as in the first.
   */
  radius?: 'percentile' | 'median';
  /** C: the radius in units of that. 0.01–100 (default: 1.16, the second paper's for ResNet-18). */
  radiusScale?: number;
  /** Which percentile, 0–1 (default: 1, the largest). */
  percentile?: number;
  /**
   * How a target becomes a value of the alphabet: the `nearest` (default); at random between its neighbours, so that it is
   * met on average (`stochastic`); or sparse, after a `soft` (L1) or a `hard` (L0) threshold.
   */
  variant?: 'nearest' | 'stochastic' | 'soft' | 'hard';
  /** λ of the sparse variants, in steps of the alphabet. 0–radius (default: 0.5). The papers' is absolute. */
  threshold?: number;
  /**
   * How a row is followed: column by column, as in the papers (`greedy`, default); or with all columns in view (`feedback`):
   * from the weights that serve best behind the quantized layers, by GPTQ's recursion.
   */
  path?: 'greedy' | 'feedback';
  /**
   * Added to the diagonal of both Gram matrices, relative to its mean (0–10): as if some samples had one input each. The papers
   * have none (default: 0). It keeps inputs that the samples hardly excite near their own weights.
   */
  damping?: number;
  /** Whose bias takes back what the mean of the output has moved by: of every layer (default), of the last, of none. */
  biasCorrection?: 'all' | 'last' | 'none';
  /** Of the stochastic variant; an integer ≥ 0 (default: 1). */
  seed?: number;
}

export const GPFQ_DEFAULTS: Readonly<Required<GpfqOptions>> = {
  levels: 17,
  radius: 'percentile',
  radiusScale: 1.16,
  percentile: 1,
  variant: 'nearest',
  threshold: 0.5,
  path: 'greedy',
  damping: 0,
  biasCorrection: 'all',
  seed: 1,
};

/** @throws {WringError} E_OPTION */
export function resolveGpfqOptions(options: GpfqOptions): Required<GpfqOptions> {
  const resolved = { ...GPFQ_DEFAULTS, ...options };
  const { levels, threshold } = resolved;
  assertInteger('gpfq', 'levels', levels, 2, 4097);
  assertOneOf('gpfq', 'radius', resolved.radius, ['percentile', 'median']);
  assertInRange('gpfq', 'radiusScale', resolved.radiusScale, 0.01, 100);
  assertInRange('gpfq', 'percentile', resolved.percentile, 0, 1);
  assertOneOf('gpfq', 'variant', resolved.variant, ['nearest', 'stochastic', 'soft', 'hard']);
  assertOneOf('gpfq', 'biasCorrection', resolved.biasCorrection, ['all', 'last', 'none']);
  assertOneOf('gpfq', 'path', resolved.path, ['greedy', 'feedback']);
  assertInRange('gpfq', 'damping', resolved.damping, 0, 10);
  assertInteger('gpfq', 'seed', resolved.seed, 0, 2 ** 32 - 1);
  const isSparse = resolved.variant === 'soft' || resolved.variant === 'hard';
  if (isSparse) assertInRange('gpfq', 'threshold', threshold, 0, (levels - 1) / 2);
  return resolved;
}
