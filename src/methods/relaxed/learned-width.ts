import type { Random } from '../../core/index.js';
import { bitsOfLevels } from '../rate/level-bits.js';
import { BitMasks, TEMPERATURE } from './bit-masks.js';
import { drawMask, type Mask, probabilityOpen } from './hard-concrete.js';
import { bestStep, gridOfWidth, nearestLevel } from './integer-grid.js';
import type { GridLeft, RoundedBy, RoundedGradients, Rounding } from './rounding.js';
import type { SlopeTable, SlopeTables } from './slope-table.js';

/** Numbers rounded to the grid of one width. */
interface Rounded {
  readonly table: SlopeTable;
  readonly step: number;
  /** `step` in α. */
  readonly factor: number;
}

/**
 * A width that is learned: weights are a mixture of the grid that is left and of the one with a bit less,
 *
 *   w = z · α(b) n(b) + (1 − z) · α(b−1) n(b−1),   z the hard concrete mask of the outermost class that is left
 *
 * each with a step of its own, in a fixed ratio to α, so that what a bit is worth is what its absence costs, and not what
 * half the range does. A class that has gone does not come back, and the next one is for sale only then: Adam takes whole steps on
 * the smallest price, so inner masks would all be closed when their turn comes.
 *
 * @see Lee et al. 2021, arXiv 2109.02100, for learned widths by masks that are paid for. Mixture, steps and order are ours.
 */
export class LearnedWidth implements Rounding {
  readonly #bins: readonly Uint16Array[];
  readonly #weights: readonly Float32Array[];
  #mask: Mask = { z: 1, slope: 0 };
  /** Of b and of b − 1 bits; null where the mask leaves none of it. */
  #rounded: readonly (Rounded | null)[] = [];

  /** @param factors of widths 2, 3, …: their steps in α, see {@link stepsOfWidths} */
  constructor(
    length: number,
    readonly factors: readonly number[],
  ) {
    this.#bins = [new Uint16Array(length), new Uint16Array(length)];
    this.#weights = [new Float32Array(length), new Float32Array(length)];
  }

  sample(numbers: Float32Array, by: RoundedBy, tables: SlopeTables, random: Random, targets: Float32Array): void {
    const bits = BitMasks.width(by.logits);
    const u = random.inside();
    this.#mask = bits === 2 ? { z: 1, slope: 0 } : drawMask(by.logits[bits - 3], u, TEMPERATURE);
    const { z } = this.#mask;
    this.#rounded = [z, 1 - z].map((share, i) => {
      if (share === 0) return null;
      const factor = this.factors[bits - i - 2];
      const step = stepOf(by.step, factor);
      const table = tables.of({ ...gridOfWidth(bits - i), masks: [] });
      table.round(numbers, step, this.#bins[i], share === 1 ? targets : this.#weights[i]);
      return { table, step, factor };
    });
    if (z === 0 || z === 1) return;
    const [more, less] = this.#weights;
    for (let i = 0; i < targets.length; i++) targets[i] = z * more[i] + (1 - z) * less[i];
  }

  backward(gradients: Float32Array, { logits }: RoundedBy, prices: ArrayLike<number>, into: RoundedGradients): void {
    const { z, slope } = this.#mask;
    const [more, less] = this.#weights;
    let byMask = 0;
    // Before derivatives take their place.
    if (slope !== 0) for (let i = 0; i < gradients.length; i++) byMask += gradients[i] * (more[i] - less[i]);
    [z, 1 - z].forEach((share, i) => {
      const rounded = this.#rounded[i];
      if (!rounded) return;
      const { table, step, factor } = rounded;
      const sums = new Float64Array(2);
      table.backward(gradients, this.#bins[i], step, share === 1 ? into.numbers : this.#weights[i], sums);
      into.sums[0] += share * factor * sums[0];
      into.sums[1] += share * factor * sums[1];
    });
    if (z > 0 && z < 1) {
      for (let i = 0; i < gradients.length; i++) into.numbers[i] = z * more[i] + (1 - z) * less[i];
    }
    into.logits.fill(0);
    const outermost = BitMasks.width(logits) - 3;
    if (outermost < 0) return;
    const paid = prices[outermost] * probabilityOpen(logits[outermost], TEMPERATURE).slope;
    into.logits[outermost] = slope * byMask + paid;
  }

  left(logits: ArrayLike<number>): GridLeft {
    const bits = BitMasks.width(logits);
    return { grid: gridOfWidth(bits), bits, factor: this.factors[bits - 2] };
  }
}

/** The step of a grid whose own is `factor` α, as a float32. */
export function stepOf(step: number, factor: number): number {
  return Math.fround(step * factor);
}

/** Of grids of 2, 3, … `bits` bits, the steps of least squared error. */
export function stepsOfWidths(numbers: Float32Array, bits: number): number[] {
  return Array.from({ length: bits - 1 }, (_, i) => bestStep(numbers, gridOfWidth(i + 2)));
}

/** What an entropy coder takes for all numbers on the grids of 2, 3, … bits, with steps of so many α. */
export function bitsOfWidths(numbers: Float32Array, step: number, factors: readonly number[]): number[] {
  return factors.map((factor, i) => {
    const grid = gridOfWidth(i + 2);
    const own = stepOf(step, factor);
    const counts = new Uint32Array(1 - grid.low);
    for (const number of numbers) counts[Math.abs(nearestLevel(number / own, grid))]++;
    return bitsOfLevels(counts, new Float32Array(counts.length));
  });
}
