import type { Tensor } from '../../core/index.js';
import type { Parametrize } from '../../training/index.js';
import { assertInRange } from '../option-checks.js';
import { setLevels } from '../set-levels.js';
import type { Share } from '../uniform/allocate.js';
import { rateAware } from './parametrization.js';
import { planSteps } from './plan-steps.js';

export interface RateOptions {
  /** Mean bits of a weight that the training ends with, by the entropy of each tensor. 0.1 – 8. */
  readonly bits: number;
  /** λ of the beginning, in squared steps a bit; it is turned to keep the bits. 0.01 – 1 (default: 0.1). */
  readonly lambda?: number;
  /** Cumulative shares of the weights that are fixed in rounds towards the end (default: 0.5, 0.8, 0.95, 1). */
  readonly rounds?: readonly number[];
  /** Share of the training before the first of them. 0 – 1 (default: 0.85). */
  readonly fixFrom?: number;
}

/** Share of the training in which bits go from where they are to where they are to be. */
const RAMP = 0.3;

/**
 * Levels trained under a rate term, for tensors that get a grid each; all steps are sums of powers of two, so all levels
 * of the network are values of one codebook.
 *
 * @param shares the tensors and how far their weights may move
 * @returns what to train with, and what tells each tensor its levels afterwards
 * @throws {WringError} E_OPTION
 */
export function rateTraining(
  shares: readonly Share[],
  { bits, lambda = 0.1, rounds = [0.5, 0.8, 0.95, 1], fixFrom = 0.85 }: RateOptions,
): { readonly parametrize: Parametrize; readonly code: (tensors: ReadonlySet<Tensor>) => void } {
  assertInRange('rate', 'bits', bits, 0.1, 8);
  assertInRange('rate', 'lambda', lambda, 0.01, 1);
  assertInRange('rate', 'fixFrom', fixFrom, 0, 1);
  const { steps } = planSteps(shares, bits, lambda);
  return {
    parametrize: rateAware({ steps, bits, lambda, ramp: RAMP, rounds, fixFrom }),
    code: (tensors) => {
      for (const [tensor, step] of steps) if (tensors.has(tensor)) setLevels(tensor, Float32Array.of(step));
    },
  };
}
