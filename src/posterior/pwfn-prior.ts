import { exponentOf, powerOfTwo } from '../codebook/powers-of-two.js';
import { type Kernels, referenceKernels } from '../kernels/index.js';

/** σ of the weight at the third quartile of r. */
const SCALE = 0.0025;
const LARGEST = 0.05;
const SMALLEST = powerOfTwo(-30);

/**
 * The power-of-two prior of PWFN: a weight on a power of two should stay (σ ≈ 0), one between two of them may move.
 * With |w| = m · 2^k and 1 ≤ m < 2,
 *
 *     r = (m − 1)(2 − m) / m²        σ = clamp(0.0025 · r / Q₀.₇₅(r), 2⁻³⁰, 0.05)
 *
 * where Q₀.₇₅ interpolates linearly. Difference from the authors' code: there one exact zero turns the σ of its whole
 * tensor into NaN. Here zeros have r = 0 and no part in the quartile, so that a pruned tensor keeps its σ.
 * Subia-Waud & Dasmahapatra 2023 (PWFN), arXiv 2309.13575.
 *
 * @param weights f32[n] of one tensor, finite
 * @returns       f32[n], σ
 */
export function pwfnPrior(weights: Float32Array, kernels: Kernels = referenceKernels): Float32Array {
  const sigmas = weights.map(distanceToPowers);
  const quartile = thirdQuartile(
    sigmas.filter((_, i) => weights[i] !== 0),
    kernels,
  );
  for (let i = 0; i < sigmas.length; i++) {
    const r = sigmas[i];
    sigmas[i] = r === 0 ? SMALLEST : Math.min(LARGEST, Math.max(SMALLEST, (SCALE * r) / quartile));
  }
  return sigmas;
}

/** Product of the relative distances to the power of two below and to that above: at most 1/8, at m = 4/3. */
function distanceToPowers(weight: number): number {
  if (weight === 0) return 0;
  const floor = powerOfTwo(exponentOf(weight));
  const m = Math.abs(weight) / floor;
  return ((m - 1) * (2 - m)) / (m * m);
}

/** Sorts `values`. Of none it is 0. */
function thirdQuartile(values: Float32Array, kernels: Kernels): number {
  if (values.length === 0) return 0;
  kernels.sortFloats(values);
  const position = 0.75 * (values.length - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, values.length - 1);
  return values[low] + (position - low) * (values[high] - values[low]);
}
