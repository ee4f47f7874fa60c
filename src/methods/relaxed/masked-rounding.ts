import type { Random } from '../../core/index.js';
import { BitMasks } from './bit-masks.js';
import { gridOfWidth, type IntegerGrid } from './integer-grid.js';
import type { GridLeft, RoundedBy, RoundedGradients, Rounding } from './rounding.js';
import type { SlopeTable, SlopeTables } from './slope-table.js';

/** Rounds to a grid, of which masks take classes away while it learns, where there are any; see {@link BitMasks}. */
export class MaskedRounding implements Rounding {
  readonly #masks: BitMasks;
  #bins: Uint16Array | null = null;
  #table: SlopeTable | null = null;

  /**
   * @param bits  that the grid takes, 2–8
   * @param masks 0, or `bits` − 2
   */
  constructor(
    readonly grid: IntegerGrid,
    readonly bits: number,
    masks: number,
  ) {
    this.#masks = new BitMasks(masks);
  }

  sample(
    numbers: Float32Array,
    { step, logits }: RoundedBy,
    tables: SlopeTables,
    random: Random,
    targets: Float32Array,
  ): void {
    if (this.#masks.count > 0) this.#masks.draw(logits, random);
    this.#table = tables.of({ ...this.grid, masks: this.#masks.z }, numbers.length);
    this.#bins ??= new Uint16Array(numbers.length);
    this.#table.round(numbers, step, this.#bins, targets);
  }

  backward(gradients: Float32Array, { step }: RoundedBy, _prices: ArrayLike<number>, into: RoundedGradients): void {
    const sums = new Float64Array(2 + this.#masks.count);
    if (this.#table && this.#bins) this.#table.backward(gradients, this.#bins, step, into.numbers, sums);
    into.sums[0] += sums[0];
    into.sums[1] += sums[1];
    this.#masks.backward(sums.subarray(2), into.logits);
  }

  left(logits: ArrayLike<number>): GridLeft {
    if (this.#masks.count === 0) return { grid: this.grid, bits: this.bits, factor: 1 };
    const bits = BitMasks.width(logits);
    return { grid: gridOfWidth(bits), bits, factor: 1 };
  }
}
