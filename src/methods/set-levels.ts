import type { Tensor } from '../core/index.js';

/**
 * @param tensor holds multiples of its step: from now on as whole numbers of it
 * @param steps  one, or one for each index of axis 0
 */
export function setLevels(tensor: Tensor, steps: Float32Array): void {
  const weights = tensor.toFloat32();
  const run = weights.length / steps.length;
  const codes = Int16Array.from(weights, (weight, i) => Math.round(weight / steps[Math.floor(i / run)]));
  tensor.setCoding({ kind: 'grid', scales: steps, axis: 0, codes });
}
