import { log2 } from './reference/fast-math.js';

/** What a step of VNQ computes for every weight: a mean θ and the logarithm of a variance σ² each. */
export interface PriorKernels {
  /** targets[i] = e^values[i], with a relative error below 1e-6; |values[i]| ≤ 80. */
  exponentials(values: Float32Array, targets: Float32Array): void;

  /**
   * Brings log σ² and θ back to where they may be, and writes σ², which `exponentials` would give.
   *
   * @param means        f32[n]
   * @param logVariances f32[n]
   * @param variances    f32[n], written
   */
  clipGaussians(means: Float32Array, logVariances: Float32Array, variances: Float32Array, bounds: GaussianBounds): void;

  /**
   * The divergence of N(θ, σ²) from the quantizing prior Σ_k 1 / |w − c_k| with levels c_k = k · unit, k = −levels … levels, in the
   * closed form of the paper; its gradients are added to those of a loss:
   *
   *   meanGradients[i] += strength · ∂KL / ∂θ,   varianceGradients[i] = varianceGradients[i] · σ² + strength · ∂KL / ∂ log σ²
   *
   * The second is ∂loss / ∂σ² before, and by log σ² afterwards. A mean's gradient that draws it over the border of `clipGaussians`,
   * on which it is (up to 2^-20), becomes 0, so that no momentum gathers there.
   *
   * In units (d = θ / unit − k, v = σ² / unit², q = d² / v, τ = 0.375, S the logistic function):
   *
   *   −KL = Σ_{k≠0} Ω(d_k) · (F(d_k) − c) + max(0, 1 − Σ_{k≠0} Ω(d_k)) · (F(d_0) − Ω(d_0) · c)
   *   F(d) = k1 · (S(k2 − k3 · log q) − 1) − log(1 + q) / 2,   Ω(d) = exp(−d² / 2τ²)
   *
   * with c = 0, or with `corrected` c = log(2 · levels + 1) · exp(−2v): near a level the prior is 1 / K of the log-uniform one.
   * In float32, with the approximations of `reference/fast-math.ts`: right to about 1e-5.
   *
   * @param logVariances f32[n], log σ²
   * @param variances    f32[n], σ²: `exponentials` of them
   * @returns ΣKL without its constant, and its derivative by `unit`; neither times `strength`
   * @see Achterhold et al. 2018 (VNQ), OpenReview ry-TW-WAb, section 3.1; k1, k2, k3 from Molchanov et al. 2017,
   *   arXiv 1701.05369, equation 14
   */
  addQuantizingPrior(
    means: Float32Array,
    logVariances: Float32Array,
    variances: Float32Array,
    prior: QuantizingPrior,
    meanGradients: Float32Array,
    varianceGradients: Float32Array,
  ): PriorSums;
}

/** Where means and log σ² may be. */
export interface GaussianBounds {
  readonly logVariances: readonly [lowest: number, highest: number];
  /** |θ| ≤ outermost + border · σ */
  readonly outermost: number;
  readonly border: number;
}

export interface QuantizingPrior {
  /** Distance between two levels, positive. */
  readonly unit: number;
  /** On either side of 0: 1 is ternary. */
  readonly levels: number;
  readonly corrected: boolean;
  /** Factor of the gradients. */
  readonly strength: number;
  /** As in {@link GaussianBounds}, beyond the outermost level. */
  readonly border: number;
}

export interface PriorSums {
  readonly divergence: number;
  readonly unitGradient: number;
}

/** What is on the border up to rounding. */
const BRINK = 1 - 2 ** -20;

/** As kernels take a prior: 1 / unit, 1 / unit², log2 of that, strength / unit, strength, log K or 0, and the border. */
export function priorNumbers({ unit, levels, corrected, strength, border }: QuantizingPrior): Float32Array {
  const inverse = Math.fround(1 / unit);
  const inverse2 = Math.fround(inverse * inverse);
  const logK = corrected ? Math.LN2 * log2(2 * levels + 1) : 0;
  const brink = [BRINK * levels * unit, BRINK * border];
  return Float32Array.of(inverse, inverse2, log2(inverse2), strength * inverse, strength, logK, ...brink);
}
