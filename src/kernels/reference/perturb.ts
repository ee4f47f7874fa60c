import { assertSameLength } from '../arguments.js';
import { LEAST_SPREAD, NOISE_MEAN, NOISE_SCALE } from '../noise-kernels.js';

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
    const sum = sumOfBytes(hash(2 * i, seed)) + sumOfBytes(hash(2 * i + 1, seed));
    noises[i] = (sum - NOISE_MEAN) * NOISE_SCALE;
    targets[i] = means[i] + Math.fround(Math.max(spreads[i], LEAST_SPREAD) * noises[i]);
  }
}

function hash(index: number, seed: number): number {
  let x = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

function sumOfBytes(x: number): number {
  return (x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24);
}
