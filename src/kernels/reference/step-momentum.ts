import { assertSameLength } from '../arguments.js';
import type { MomentumStep } from '../optimizer-kernels.js';

/** See OptimizerKernels.stepMomentum. */
export function stepMomentum(
  weights: Float32Array,
  gradients: Float32Array,
  velocities: Float32Array,
  mask: Uint8Array | null,
  step: MomentumStep,
): void {
  assertSameLength('gradients', gradients, 'weights', weights);
  assertSameLength('velocities', velocities, 'weights', weights);
  if (mask) assertSameLength('mask', mask, 'weights', weights);
  const f = Math.fround;
  const [scale, momentum, rate, decay] = [step.gradientScale, step.momentum, step.rate, step.rate * step.decay].map(f);
  for (let i = 0; i < weights.length; i++) {
    if (mask && mask[i] === 0) continue;
    const w = weights[i];
    const g = f(scale * gradients[i]);
    velocities[i] = f(momentum * velocities[i]) + g;
    const direction = step.nesterov ? f(g + f(momentum * velocities[i])) : velocities[i];
    weights[i] = f(w - f(decay * w)) - f(rate * direction);
  }
}
