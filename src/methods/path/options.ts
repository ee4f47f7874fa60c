import { assertInRange } from '../option-checks.js';

export interface PathOptions {
  /**
   * Budget of output noise, see `UniformOptions` (0 < noise ≤ 1). One figure for all layers: it buys bits where the outputs
   * ask for them.
   */
  noise?: number;
  /** Weight of the coder's bits in each choice, in step² per bit (0–1). Errors count by how far feedback can mend them. */
  lambda?: number;
  /**
   * Added to the diagonal of both Gram matrices, relative to its mean (0–10): it keeps inputs that the samples hardly excite
   * near their own weights.
   */
  damping?: number;
  /** Levels follow a trellis, where that gains anything. */
  trellis?: boolean;
  /**
   * Steps are powers of two, and no levels follow a trellis: so tensors have most values in common, each of them a small integer
   * times 2^k, and more bytes (default: false).
   */
  sharedValues?: boolean;
  /** Keep the mean of every layer's output, where it has a bias. */
  biasCorrection?: boolean;
}

export const PATH_DEFAULTS: Readonly<Required<PathOptions>> = {
  noise: 0.022,
  lambda: 0.05,
  damping: 0.01,
  trellis: true,
  sharedValues: false,
  biasCorrection: true,
};

/** @throws {WringError} E_OPTION */
export function resolvePathOptions(options: PathOptions): Required<PathOptions> {
  const resolved = { ...PATH_DEFAULTS, ...options };
  assertInRange('path', 'noise', resolved.noise, Number.MIN_VALUE, 1);
  assertInRange('path', 'lambda', resolved.lambda, 0, 1);
  assertInRange('path', 'damping', resolved.damping, 0, 10);
  return resolved;
}
