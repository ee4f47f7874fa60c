import { NOISE_MEAN, NOISE_SCALE } from '../noise-kernels.js';

/** Noise i of NoiseKernels.perturb, to be rounded to float32. */
export function normalAt(i: number, seed: number): number {
  const sum = sumOfBytes(hash(2 * i, seed)) + sumOfBytes(hash(2 * i + 1, seed));
  return (sum - NOISE_MEAN) * NOISE_SCALE;
}

/** An i32. */
export function hash(index: number, seed: number): number {
  let x = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

function sumOfBytes(x: number): number {
  return (x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24);
}
