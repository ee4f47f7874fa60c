import { approximateByPowers, symmetric } from '../../codebook/powers-of-two.js';

/** Neighbouring proposals must stay apart. */
const LARGEST_STEP = 0.9999;

/**
 * γ0 · ((1 + d)/(1 − d))^j below `limit`, with d = min(delta, 0.9999): everything between two neighbours is within a
 * relative distance of about delta of one of them.
 */
export function proposeMagnitudes(limit: number, delta: number, zeroThreshold: number): number[] {
  const d = Math.min(delta, LARGEST_STEP);
  const magnitudes: number[] = [];
  for (let v = zeroThreshold; v < limit; v = (v * (1 + d)) / (1 - d)) magnitudes.push(v);
  return magnitudes;
}

/**
 * The candidates of one step: every proposal as a sum of at most order + 1 powers of two, its negative, and 0.
 * The smallest power is zeroThreshold · 2^(−order − 1).
 *
 * @returns f32[k], ascending, distinct
 */
export function proposeCentroids(
  magnitudes: readonly number[],
  order: number,
  delta: number,
  zeroThreshold: number,
): Float32Array {
  let least = zeroThreshold;
  for (let j = 0; j <= order; j++) least /= 2;
  return symmetric([0, ...magnitudes.map((v) => approximateByPowers(v, order, delta, least))]);
}
