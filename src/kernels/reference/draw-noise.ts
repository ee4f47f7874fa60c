import { hash, normalAt } from './noise-hash.js';

/** See NoiseKernels.drawNormals. */
export function drawNormals(seed: number, targets: Float32Array): void {
  for (let i = 0; i < targets.length; i++) targets[i] = normalAt(i, seed);
}

/** See NoiseKernels.drawUniforms. */
export function drawUniforms(seed: number, targets: Float32Array): void {
  for (let i = 0; i < targets.length; i++) targets[i] = ((hash(i, seed) >>> 8) | 1) * 2 ** -24;
}
