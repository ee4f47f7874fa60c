import { logarithm, sigmoid } from './exponential.js';

/** γ and ζ: what a mask is stretched to before it is cut to 0 … 1. Louizos et al. 2018, arXiv 1712.01312, section 2.1 */
const LOW = -0.1;
const HIGH = 1.1;
/** ln(−γ / ζ) */
const LOG_RATIO = -2.3978952727983707;

/** A mask: z = min(1, max(0, S · (ζ − γ) + γ)) and ∂z/∂logit. */
export interface Mask {
  readonly z: number;
  readonly slope: number;
}

/**
 * A draw of the hard concrete distribution: S = sigmoid((ln u − ln(1 − u) + logit) / τ).
 *
 * @param logit ln Π − ln(1 − Π)
 * @param u     uniform, 0 < u < 1
 */
export function drawMask(logit: number, u: number, temperature: number): Mask {
  return stretch((logarithm(u) - logarithm(1 - u) + logit) / temperature, 1 / temperature);
}

/** The mask without its noise: min(1, max(0, sigmoid(logit) · (ζ − γ) + γ)). */
export function meanMask(logit: number): Mask {
  return stretch(logit, 1);
}

/** The probability that a draw is not 0, and its derivative by the logit. */
export function probabilityOpen(logit: number, temperature: number): { readonly p: number; readonly slope: number } {
  const p = sigmoid(logit - temperature * LOG_RATIO);
  return { p, slope: p * (1 - p) };
}

/** ln Π − ln(1 − Π) */
export function logitOf(probability: number): number {
  return logarithm(probability) - logarithm(1 - probability);
}

function stretch(x: number, factor: number): Mask {
  const s = sigmoid(x);
  const z = s * (HIGH - LOW) + LOW;
  if (z <= 0) return { z: 0, slope: 0 };
  if (z >= 1) return { z: 1, slope: 0 };
  return { z, slope: factor * (HIGH - LOW) * s * (1 - s) };
}
