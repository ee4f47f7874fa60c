import { assertSameLength } from '../arguments.js';
import type { AdamStep } from '../optimizer-kernels.js';

/** See OptimizerKernels.stepAdam. */
export function stepAdam(
  weights: Float32Array,
  gradients: Float32Array,
  means: Float32Array,
  squares: Float32Array,
  mask: Uint8Array | null,
  step: AdamStep,
): void {
  assertSameLength('gradients', gradients, 'weights', weights);
  assertSameLength('means', means, 'weights', weights);
  assertSameLength('squares', squares, 'weights', weights);
  if (mask) assertSameLength('mask', mask, 'weights', weights);
  const f = Math.fround;
  const [scale, epsilon, decay] = [step.gradientScale, step.epsilon, step.rate * step.decay].map(f);
  const [beta1, gain1, beta2, gain2] = [step.beta1, 1 - step.beta1, step.beta2, 1 - step.beta2].map(f);
  const rootScale = f(1 / Math.sqrt(step.correction2));
  const rate = f(step.rate / step.correction1);
  for (let i = 0; i < weights.length; i++) {
    if (mask && mask[i] === 0) continue;
    const w = weights[i];
    const g = f(scale * gradients[i]);
    means[i] = f(beta1 * means[i]) + f(gain1 * g);
    squares[i] = f(beta2 * squares[i]) + f(gain2 * f(g * g));
    const root = f(f(f(Math.sqrt(squares[i])) * rootScale) + epsilon);
    weights[i] = f(w - f(decay * w)) - f(rate * f(means[i] / root));
  }
}
