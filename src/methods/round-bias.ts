import type { Tensor } from '../core/index.js';
import { standardDeviation } from '../posterior/index.js';

/** A bias is rounded to spread / 64 (a noise of −47 dB): about eight bits, and biases are few. */
const BIAS_STEPS = 64;
/** Levels stay well inside int16. */
const MAX_LEVEL = 32000;

/** Rounds a bias finely. Lossy. One that does not vary stays as it is. */
export function roundBias(tensor: Tensor): void {
  const values = tensor.toFloat32();
  const step = Math.fround(standardDeviation(values) / BIAS_STEPS);
  if (!(step > 0)) return;
  const codes = Int16Array.from(values, (value) => Math.max(-MAX_LEVEL, Math.min(MAX_LEVEL, Math.round(value / step))));
  tensor.setCoding({ kind: 'grid', scales: Float32Array.of(step), axis: 0, codes });
}
