/**
 * What a training step does to all weights. Float32 throughout: every operation is rounded before the next, in the order
 * in which the formulas stand, so that a run can be repeated bit for bit; a NaN may have any bits. A `mask` u8[n] holds 0
 * where a weight is fixed: neither it nor its state changes then, whatever gradient and decay say.
 */
export interface OptimizerKernels {
  /**
   * Gradient descent with momentum and decoupled weight decay:
   *
   *   g = gradientScale · gradients[i]
   *   velocities[i] = momentum · velocities[i] + g
   *   direction = nesterov ? g + momentum · velocities[i] : velocities[i]
   *   weights[i] = (weights[i] − (rate · decay) · weights[i]) − rate · direction
   *
   * @see Sutskever et al. 2013, section 2 (both momenta, with the velocity in units of the gradient as PyTorch has it);
   *   Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 1 (decay apart from the gradient; here times the rate)
   */
  stepMomentum(
    weights: Float32Array,
    gradients: Float32Array,
    velocities: Float32Array,
    mask: Uint8Array | null,
    step: MomentumStep,
  ): void;

  /**
   * Adam with decoupled weight decay:
   *
   *   g = gradientScale · gradients[i]
   *   means[i] = beta1 · means[i] + (1 − beta1) · g
   *   squares[i] = beta2 · squares[i] + (1 − beta2) · (g · g)
   *   root = √squares[i] · (1 / √correction2) + epsilon
   *   weights[i] = (weights[i] − (rate · decay) · weights[i]) − (rate / correction1) · (means[i] / root)
   *
   * @see Kingma & Ba 2015, arXiv 1412.6980, algorithm 1; Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2
   */
  stepAdam(
    weights: Float32Array,
    gradients: Float32Array,
    means: Float32Array,
    squares: Float32Array,
    mask: Uint8Array | null,
    step: AdamStep,
  ): void;

  /**
   * target[i] = scales[0] · sources[0][i] + scales[1] · sources[1][i] + …, summed from the left. A mean of gradients when
   * the scales are shares.
   *
   * @param sources one or more, each of the length of `target`
   */
  sumScaled(sources: readonly Float32Array[], scales: readonly number[], target: Float32Array): void;

  /**
   * Σ values[i]² in double: sums s0 … s7 over the elements of equal i mod 8, in order, then
   * ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)). No square overflows; the result is finite if and only if every
   * value is.
   */
  sumSquares(values: Float32Array): number;
}

/** Numbers of {@link OptimizerKernels.stepMomentum}; each, and each product of them, is rounded to float32 once. */
export interface MomentumStep {
  readonly rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly decay: number;
  readonly gradientScale: number;
}

/** Numbers of {@link OptimizerKernels.stepAdam}; what stands in brackets there is rounded to float32 once. */
export interface AdamStep {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 − beta1^t at step t = 1, 2, … */
  readonly correction1: number;
  /** 1 − beta2^t */
  readonly correction2: number;
  readonly decay: number;
  readonly gradientScale: number;
}
