import type { Tensor } from '../core/index.js';
import { standardDeviation } from '../posterior/index.js';
import { quantizeTensor } from './uniform/quantize-tensor.js';

/** A bias is rounded to spread / 64 (a noise of −47 dB): about eight bits, and biases are few. */
const BIAS_STEPS = 64;

/** Rounds a bias finely. Lossy. One that does not vary stays as it is. */
export function roundBias(tensor: Tensor): void {
  const step = Math.fround(standardDeviation(tensor.toFloat32()) / BIAS_STEPS);
  if (!(step > 0)) return;
  const scales = Float32Array.of(step);
  tensor.setCoding(quantizeTensor(tensor, { scales, axis: 0, moments: null, damping: 0, costs: null }));
}
