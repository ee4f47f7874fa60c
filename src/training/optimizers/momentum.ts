import type { KernelMemory } from '../../kernels/index.js';
import type { WeightParametrization } from '../weight-parametrization.js';
import type { Optimizer } from './optimizer.js';

/** Stochastic gradient descent with momentum; the formula is that of `OptimizerKernels.stepMomentum`. */
export interface MomentumOptions {
  readonly kind: 'sgd';
  /** Share of the velocity that is kept, 0 ≤ x < 1 (default: 0.9). */
  readonly momentum?: number;
  /** Looks ahead along the velocity (default: true). */
  readonly nesterov?: boolean;
  /** Share of a weight that goes in a step, times the learning rate; decoupled from the gradient; ≥ 0 (default: 0). */
  readonly weightDecay?: number;
}

export const MOMENTUM_DEFAULTS: Required<MomentumOptions> = {
  kind: 'sgd',
  momentum: 0.9,
  nesterov: true,
  weightDecay: 0,
};

export function momentum(options: MomentumOptions, target: WeightParametrization, memory: KernelMemory): Optimizer {
  const { momentum, nesterov, weightDecay } = { ...MOMENTUM_DEFAULTS, ...options };
  const velocities = memory.floats(target.parameters.length);
  return {
    state: [velocities],
    step: (_, rate, gradientScale) => {
      for (const { offset, length, decay, rate: factor, mask } of target.groups) {
        const end = offset + length;
        memory.kernels.stepMomentum(
          target.parameters.view(offset, end),
          target.gradients.view(offset, end),
          velocities.view(offset, end),
          mask?.view() ?? null,
          { rate: rate * factor, momentum, nesterov, decay: decay ? weightDecay : 0, gradientScale },
        );
      }
    },
  };
}
