import { assertSameLength } from '../arguments.js';
import { LEAST_SPREAD } from '../noise-kernels.js';
import { normalAt } from './noise-hash.js';

/** See NoiseKernels.perturb. */
export function perturb(
  means: Float32Array,
  spreads: Float32Array,
  seed: number,
  noises: Float32Array,
  targets: Float32Array,
): void {
  assertSameLength('spreads', spreads, 'means', means);
  assertSameLength('noises', noises, 'means', means);
  assertSameLength('targets', targets, 'means', means);
  for (let i = 0; i < means.length; i++) {
    noises[i] = normalAt(i, seed);
    targets[i] = means[i] + Math.fround(Math.max(spreads[i], LEAST_SPREAD) * noises[i]);
  }
}
