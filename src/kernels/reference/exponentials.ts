import { assertSameLength } from '../arguments.js';
import { exp2, LOG2_E } from './fast-math.js';

/** See PriorKernels.exponentials. */
export function exponentials(values: Float32Array, targets: Float32Array): void {
  assertSameLength('targets', targets, 'values', values);
  for (let i = 0; i < values.length; i++) targets[i] = exp2(Math.fround(values[i] * LOG2_E));
}
