import type { KernelMemory } from '../../kernels/index.js';
import type { WeightParametrization } from '../weight-parametrization.js';
import type { Optimizer } from './optimizer.js';

/** Adam; with weight decay, AdamW. The formula is that of `OptimizerKernels.stepAdam`. */
export interface AdamOptions {
  readonly kind: 'adam';
  /** Share of the mean gradient that is kept, 0 ≤ x < 1 (default: 0.9). */
  readonly beta1?: number;
  /** Share of the mean square that is kept, 0 ≤ x < 1 (default: 0.999). */
  readonly beta2?: number;
  /** Added to the root of the mean square, > 0 (default: 1e-8). */
  readonly epsilon?: number;
  /** Share of a weight that goes in a step, times the learning rate; decoupled from the gradient; ≥ 0 (default: 0). */
  readonly weightDecay?: number;
}

export const ADAM_DEFAULTS: Required<AdamOptions> = {
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
};

export function adam(options: AdamOptions, target: WeightParametrization, memory: KernelMemory): Optimizer {
  const { beta1, beta2, epsilon, weightDecay } = { ...ADAM_DEFAULTS, ...options };
  const means = memory.floats(target.parameters.length);
  const squares = memory.floats(target.parameters.length);
  return {
    state: [means, squares],
    step: (step, rate, gradientScale) => {
      const [correction1, correction2] = [1 - power(beta1, step), 1 - power(beta2, step)];
      for (const { offset, length, decay, rate: factor, mask } of target.groups) {
        const end = offset + length;
        memory.kernels.stepAdam(
          target.parameters.view(offset, end),
          target.gradients.view(offset, end),
          means.view(offset, end),
          squares.view(offset, end),
          mask?.view() ?? null,
          {
            rate: rate * factor,
            beta1,
            beta2,
            epsilon,
            correction1,
            correction2,
            decay: decay ? weightDecay : 0,
            gradientScale,
          },
        );
      }
    },
  };
}

/** base^exponent by squaring: Math.pow differs between engines in the last place. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let rest = exponent, square = base; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
