import type { Random } from '../../core/index.js';
import type { IntegerGrid } from './integer-grid.js';
import type { SlopeTables } from './slope-table.js';

/** What the weights of one width are rounded by. */
export interface RoundedBy {
  /** α, of a grid of the most bits. */
  readonly step: number;
  /** Of masks, one for each class of levels but the first. */
  readonly logits: Float32Array;
}

/** Derivatives of the loss. */
export interface RoundedGradients {
  /** By the numbers, written. */
  readonly numbers: Float32Array;
  /** By step and by spread, added to. */
  readonly sums: Float64Array;
  /** By the logits of the masks, written. */
  readonly logits: Float32Array;
}

/** What is left when a training ends. */
export interface GridLeft {
  readonly grid: IntegerGrid;
  readonly bits: number;
  /** Its step, in α. */
  readonly factor: number;
}

/** Rounds weights that have one width, those of a tensor or of one of its output channels, in each step of a training. */
export interface Rounding {
  /** @param targets written: the weights */
  sample(numbers: Float32Array, by: RoundedBy, tables: SlopeTables, random: Random, targets: Float32Array): void;
  /**
   * Of what was sampled last.
   *
   * @param gradients ∂loss/∂weights
   * @param prices    of each class of levels, added to the loss as far as the class is likely to be there
   */
  backward(gradients: Float32Array, by: RoundedBy, prices: ArrayLike<number>, into: RoundedGradients): void;
  left(logits: ArrayLike<number>): GridLeft;
}
