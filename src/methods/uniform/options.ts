import { WringError } from '../../core/index.js';

export interface UniformOptions {
  /**
   * Budget of output noise: the mean squared change of the outputs, relative to their variance, that independent
   * rounding errors would cause together (0 < noise ≤ 1).
   */
  noise?: number;
  /**
   * Lagrangian weight of the coder's bits, in step² per bit (0–1). 0 rounds to the nearest level; theory puts the
   * slope of a fine quantizer at ln 2 / 6 ≈ 0.116.
   */
  lambda?: number;
  /** One step for a whole tensor, or one for each output channel, in proportion to its spread. */
  granularity?: 'tensor' | 'channel';
  /** Let later weights of a row make up for the rounding of earlier ones, where input moments are known. */
  errorFeedback?: boolean;
  /** Keep the mean of every layer's output, where input moments and a bias are known. */
  biasCorrection?: boolean;
  /** Choose levels along a trellis: the same error in fewer bits. */
  trellis?: boolean;
  /** Added to the diagonal of the input moments, relative to its mean (0–10): distrust of the inputs they come from. */
  damping?: number;
}

export const UNIFORM_DEFAULTS: Required<UniformOptions> = {
  noise: 0.022,
  lambda: 0,
  granularity: 'tensor',
  errorFeedback: true,
  biasCorrection: true,
  damping: 0.1,
  trellis: true,
};

/** @throws {WringError} E_OPTION */
export function resolveUniformOptions(options: UniformOptions): Required<UniformOptions> {
  const resolved = { ...UNIFORM_DEFAULTS, ...options };
  assertBetween('noise', resolved.noise, Number.MIN_VALUE, 1);
  assertBetween('lambda', resolved.lambda, 0, 1);
  assertBetween('damping', resolved.damping, 0, 10);
  return resolved;
}

function assertBetween(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new WringError('E_OPTION', `Expected ${name} between ${low} and ${high} but received ${value}`);
  }
}
