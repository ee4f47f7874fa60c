/** What a step of training does to weights that are uncertain: a mean and a standard deviation (spread) each. */
export interface NoiseKernels {
  /**
   * Draws weights: targets[i] = means[i] + max(spreads[i], 2^-30) · noises[i], every operation rounded to float32.
   *
   * noises[i] is nearly N(0, 1): the sum of the eight bytes of hash(2i) and hash(2i + 1), less its mean 1020, divided by its
   * standard deviation √43690; so |noise| < 4.9. hash(k) = mix(k · 0x9e3779b9 + seed mod 2^32), with the mixing of `core/random.ts`.
   *
   * @param seed    u32, another one for each draw
   * @param noises  f32[n], written
   * @param targets f32[n], written
   */
  perturb(means: Float32Array, spreads: Float32Array, seed: number, noises: Float32Array, targets: Float32Array): void;

  /**
   * targets[i] = noises[i] as {@link perturb} draws them: nearly N(0, 1).
   *
   * @param targets f32[n], written
   */
  drawNormals(seed: number, targets: Float32Array): void;

  /**
   * Uniform between 0 and 1, neither of them included: targets[i] = (hash(i) >>> 8 | 1) · 2^-24.
   *
   * @param targets f32[n], written
   */
  drawUniforms(seed: number, targets: Float32Array): void;

  /**
   * The gradient of spreads under {@link perturb}, with a pull that lets them grow up to `limit`:
   *
   *   targets[i] = (spreads[i] > 2^-30 ? gradients[i] · noises[i] : 0) − (pull · max(0, limit − spreads[i])) · |noises[i]|
   *
   * in float32. The pull is the gradient of pull/2 · Σ |noise| · max(0, limit − spread)².
   *
   * @see Subia-Waud & Dasmahapatra 2023 (PWFN), arXiv 2309.13575, as their released code has it
   */
  spreadGradients(
    gradients: Float32Array,
    spreads: Float32Array,
    noises: Float32Array,
    pull: number,
    limit: number,
    targets: Float32Array,
  ): void;
}

/** 2^-30: spreads below count as this much. */
export const LEAST_SPREAD = 2 ** -30;
/** Of the sum of eight bytes. */
export const NOISE_MEAN = 1020;
export const NOISE_SCALE = Math.fround(1 / Math.sqrt(43690));
