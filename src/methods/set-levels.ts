import type { Tensor } from '../core/index.js';

/** @param tensor holds multiples of `step`: from now on as whole numbers of it */
export function setLevels(tensor: Tensor, step: number): void {
  const codes = Int16Array.from(tensor.toFloat32(), (weight) => Math.round(weight / step));
  tensor.setCoding({ kind: 'grid', scales: Float32Array.of(step), axis: 0, codes });
}
