import type { RuntimeTensor } from '../runtime/runtime.js';
import type { Targets } from './targets.js';

/** Samples in the form that the model's first input takes, with labels where there are any. */
export interface Dataset {
  readonly name: string;
  readonly length: number;
  /** Class index a sample, or null. */
  readonly labels: ArrayLike<number> | null;
  /** What the outputs are to be where that is no class (default: nobody says). */
  readonly targets?: Targets | null;
  /** Samples [start, start + count) as one tensor, first dimension `count`. */
  batch(start: number, count: number): RuntimeTensor;
}
