import { assertSameLength } from '../arguments.js';
import { LEAST_SPREAD } from '../noise-kernels.js';

/** See NoiseKernels.spreadGradients. */
export function spreadGradients(
  gradients: Float32Array,
  spreads: Float32Array,
  noises: Float32Array,
  pull: number,
  limit: number,
  targets: Float32Array,
): void {
  assertSameLength('spreads', spreads, 'gradients', gradients);
  assertSameLength('noises', noises, 'gradients', gradients);
  assertSameLength('targets', targets, 'gradients', gradients);
  const f = Math.fround;
  const [force, top] = [f(pull), f(limit)];
  for (let i = 0; i < gradients.length; i++) {
    const own = spreads[i] > LEAST_SPREAD ? f(gradients[i] * noises[i]) : 0;
    const missing = Math.max(0, f(top - spreads[i]));
    targets[i] = own - f(f(force * missing) * Math.abs(noises[i]));
  }
}
