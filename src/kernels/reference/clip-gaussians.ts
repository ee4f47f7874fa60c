import { assertSameLength } from '../arguments.js';
import type { GaussianBounds } from '../prior-kernels.js';
import { exp2, LOG2_E } from './fast-math.js';

const f = Math.fround;

/** See PriorKernels.clipGaussians. */
export function clipGaussians(
  means: Float32Array,
  logVariances: Float32Array,
  variances: Float32Array,
  bounds: GaussianBounds,
): void {
  assertSameLength('logVariances', logVariances, 'means', means);
  assertSameLength('variances', variances, 'means', means);
  const [lowest, highest] = bounds.logVariances.map(f);
  const [outermost, border] = [f(bounds.outermost), f(bounds.border)];
  for (let i = 0; i < means.length; i++) {
    logVariances[i] = Math.min(highest, Math.max(lowest, logVariances[i]));
    variances[i] = exp2(f(logVariances[i] * LOG2_E));
    const limit = f(outermost + f(border * f(Math.sqrt(variances[i]))));
    means[i] = Math.min(limit, Math.max(-limit, means[i]));
  }
}
