import { exponential } from './exponential.js';
import { firstAbove } from './first-above.js';

/**
 * Draws a class with the shares that softmax gives them.
 *
 * @param logits f32[classes]
 * @param dice   0 ≤ dice < 1
 */
export function drawClass(logits: Float32Array, dice: number): number {
  const cumulative = new Float64Array(logits.length);
  let highest = logits[0];
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    sum += exponential(logits[k] - highest);
    cumulative[k] = sum;
  }
  return firstAbove(cumulative, dice * sum);
}
