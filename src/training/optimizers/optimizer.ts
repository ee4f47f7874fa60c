import type { KernelMemory, Region } from '../../kernels/index.js';
import type { WeightParametrization } from '../weight-parametrization.js';
import { type AdamOptions, adam } from './adam.js';
import { type MomentumOptions, momentum } from './momentum.js';

/** Changes parameters along their gradients. */
export interface Optimizer {
  /** What it remembers from step to step. */
  readonly state: readonly Region<Float32Array>[];
  /**
   * @param step  1, 2, …
   * @param rate  learning rate of this step
   * @param scale factor of all gradients, below 1 where they are clipped
   */
  step(step: number, rate: number, scale: number): void;
}

export type OptimizerOptions = MomentumOptions | AdamOptions;

export function createOptimizer(
  options: OptimizerOptions,
  target: WeightParametrization,
  memory: KernelMemory,
): Optimizer {
  return options.kind === 'adam' ? adam(options, target, memory) : momentum(options, target, memory);
}
