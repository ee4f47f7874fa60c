import { Random } from '../../dist/core/index.js';

/** Weights of every per-weight case: 16 MiB of float32. */
export const N = 1 << 22;

export function normals(seed, length, scale = 0.05) {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => scale * random.normal());
}

export function uniforms(seed, length, scale = 1) {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => scale * random.uniform());
}

/** k ascending values, dense where normal weights are. */
export function centroidsFor(k) {
  const sample = normals(99, 64 * k).sort();
  return Float32Array.from({ length: k }, (_, i) => sample[64 * i + 32]);
}
