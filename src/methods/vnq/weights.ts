import type { Kernels } from '../../kernels/index.js';
import { LEAST_SCALE } from './options.js';

/** e^-1.5: beyond the outermost level by so many σ, log α counted from that level is 3. */
export const BORDER = 0.22313016014842982;

/** Where the levels of a layer are. */
export interface Levels {
  readonly unit: number;
  /** On either side of 0. */
  readonly levels: number;
  /** log α from which a weight is 0. */
  readonly threshold: number;
}

/**
 * The unit that a layer begins with: the mean of the upper half of all magnitudes, so that the outermost of several levels lies
 * where the outer half of that half has its mean.
 */
export function startUnit(weights: Float32Array, levels: number, kernels: Kernels): number {
  const sizes = weights.map(Math.abs);
  kernels.sortFloats(sizes);
  const upper = sizes.subarray(sizes.length >> 1);
  const mean = upper.reduce((sum, size) => sum + size, 0) / upper.length;
  return Math.fround(Math.max(LEAST_SCALE, (2 * mean * levels) / (levels + 1)) / levels);
}

/** Weights with log σ² − log θ² ≥ threshold become 0, the others the nearest level. In place. */
export function pruneAndQuantize(
  weights: Float32Array,
  variances: Float32Array,
  { unit, levels, threshold }: Levels,
  kernels: Kernels,
): void {
  const limit = new Float32Array(1);
  kernels.exponentials(Float32Array.of(threshold), limit);
  for (let i = 0; i < weights.length; i++) {
    const theta = weights[i];
    const level = Math.max(-levels, Math.min(levels, Math.round(theta / unit)));
    // No −0.
    weights[i] = variances[i] >= limit[0] * theta * theta || level === 0 ? 0 : level * unit;
  }
}
