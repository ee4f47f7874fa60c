import type { Tensor } from '../../core/index.js';
import { type Posterior, standardDeviation } from '../../posterior/index.js';
import { readFinite } from '../weights.js';

/** What the allocation needs to know of a tensor. */
export interface Share {
  readonly tensor: Tensor;
  readonly elementCount: number;
  /** Output error per step², see `measureSensitivity`; a spread-based guess will do. */
  readonly sensitivity: number;
  /** Standard deviation of the weights. */
  readonly spread: number;
}

/** The tensors that can have a step: those that vary, and that the outputs depend on. @throws {WringError} E_NOT_FINITE */
export function listShares(weights: readonly { readonly tensor: Tensor }[], posterior: Posterior): Share[] {
  return weights.flatMap(({ tensor }) => {
    const sensitivity = posterior.sensitivity.get(tensor);
    const spread = standardDeviation(readFinite(tensor));
    return sensitivity && spread > 0 ? [{ tensor, elementCount: tensor.elementCount, sensitivity, spread }] : [];
  });
}

/**
 * The largest step, in standard deviations: at 1.5 more than half the weights are zero already, and the model of small
 * independent errors ends. With 3 the networks with one huge dense layer lost 0.3 to 1 point, with 1.5 at most 0.3.
 */
const MAX_STEP = 1.5;

/**
 * Splits one budget of output noise over tensors so that the bits are fewest (reverse water-filling): bits fall by one
 * a weight for each doubling of its step, errors add up as Σ sensitivity · step², so at the optimum every *weight* causes
 * the same output error:  step² = noise / N · n / sensitivity.  Steps that hit `most` give back what they cannot use.
 *
 * @param noise total output error allowed (> 0)
 * @param most  the largest step, in standard deviations of the tensor (> 0)
 * @returns a positive step for every tensor
 */
export function allocateSteps(shares: readonly Share[], noise: number, most = MAX_STEP): Map<Tensor, number> {
  const steps = new Map<Tensor, number>();
  let open = [...shares];
  let rest = noise;
  for (;;) {
    const elements = open.reduce((sum, share) => sum + share.elementCount, 0);
    const stepOf = (share: Share) => Math.sqrt(((rest / elements) * share.elementCount) / share.sensitivity);
    const capped = open.filter((share) => stepOf(share) > most * share.spread);
    for (const share of capped) {
      const step = most * share.spread;
      steps.set(share.tensor, Math.fround(step));
      rest -= share.sensitivity * step * step;
    }
    if (capped.length === 0) {
      for (const share of open) steps.set(share.tensor, Math.fround(stepOf(share)));
      return steps;
    }
    open = open.filter((share) => !capped.includes(share));
  }
}
