import type { Kernels } from '../../kernels/index.js';
import { type Backward, type NoisyGrid, type Rounded, RoundingSlopes } from './rounding-slopes.js';

/** Bins of a table in all, at most; and at least, and for each number, where it is for a few numbers alone. */
const MOST_BINS = 1024;
const LEAST_BINS = 128;
const BINS_A_NUMBER = 1 / 4;
/** Steps beyond either end of the grid that have bins of their own. */
const MARGIN = 2;

/**
 * {@link RoundingSlopes} at the middles of bins. Slopes of one grid depend on a number's place alone, so that a step of training
 * looks them up and sums gradients by bins; the exact ones take a hundred times as long.
 */
export class SlopeTable {
  /** In a step; a power of two, so that borders between levels are borders between bins. */
  readonly binsPerStep: number;
  /** In steps, where bin 0 begins. */
  readonly start: number;
  readonly size: number;
  /** Of each bin. */
  readonly levels: Int16Array;
  readonly byNumber: Float32Array;
  readonly byStep: Float64Array;
  readonly bySpread: Float64Array;
  /** Of each class 1, 2, … */
  readonly byMasks: readonly Float64Array[];
  /** The levels times the step that was asked for last: runs of a tensor have one in common. */
  #scaled = { step: Number.NaN, values: new Float32Array(0) };

  /** @param count numbers that it is made for */
  constructor(
    readonly kernels: Kernels,
    grid: NoisyGrid,
    backward: Backward,
    count = Number.POSITIVE_INFINITY,
  ) {
    const { low, high, masks } = grid;
    const span = high - low + 2 * MARGIN + 1;
    let bins = 64;
    const most = Math.min(MOST_BINS, Math.max(LEAST_BINS, count * BINS_A_NUMBER));
    while (bins > 4 && bins * span > most) bins /= 2;
    this.binsPerStep = bins;
    this.start = low - MARGIN - 0.5;
    this.size = bins * span;
    this.levels = new Int16Array(this.size);
    this.byNumber = new Float32Array(this.size);
    this.byStep = new Float64Array(this.size);
    this.bySpread = new Float64Array(this.size);
    this.byMasks = Array.from(masks, () => new Float64Array(this.size));
    const slopes = new RoundingSlopes(grid, backward);
    const at: Rounded = { level: 0, byNumber: 0, byStep: 0, bySpread: 0, byMasks: new Float64Array(masks.length) };
    for (let bin = 0; bin < this.size; bin++) {
      slopes.at(this.start + (bin + 0.5) / bins, at);
      this.levels[bin] = at.level;
      this.byNumber[bin] = at.byNumber;
      this.byStep[bin] = at.byStep;
      this.bySpread[bin] = at.bySpread;
      this.byMasks.forEach((column, c) => {
        column[bin] = at.byMasks[c];
      });
    }
  }

  /**
   * Rounds numbers to the levels of a grid of `step`.
   *
   * @param bins    u16[n], written
   * @param targets f32[n], written: step · level
   */
  round(numbers: Float32Array, step: number, bins: Uint16Array, targets: Float32Array): void {
    const { kernels, levels, binsPerStep, start } = this;
    if (this.#scaled.step !== step) {
      this.#scaled = { step, values: Float32Array.from(levels, (level) => step * level) };
    }
    kernels.roundToBins(numbers, binsPerStep / step, -start * binsPerStep, this.#scaled.values, bins, targets);
  }

  /**
   * @param gradients ∂loss/∂targets
   * @param bins      of `round`
   * @param targets   f32[n], written: ∂loss/∂numbers
   * @param sums      f64[2 + classes], added to: ∂loss by step, spread and masks
   */
  backward(gradients: Float32Array, bins: Uint16Array, step: number, targets: Float32Array, sums: Float64Array): void {
    const { kernels, byNumber, byStep, bySpread, byMasks, size } = this;
    const totals = new Float64Array(size);
    kernels.weighByBins(gradients, bins, byNumber, targets, totals);
    for (let bin = 0; bin < size; bin++) {
      sums[0] += totals[bin] * byStep[bin];
      sums[1] += totals[bin] * bySpread[bin];
      for (let c = 0; c < byMasks.length; c++) sums[2 + c] += totals[bin] * step * byMasks[c][bin];
    }
  }
}

/** The tables of one step of a training, whose runs of weights have a spread in common; each is made once. */
export class SlopeTables {
  readonly #tables = new Map<string, SlopeTable>();

  constructor(
    readonly kernels: Kernels,
    readonly spread: number,
    readonly backward: Backward,
  ) {}

  /** @param count numbers that are looked up if nobody else has these masks: none, or all open, or closed from some class on */
  of(grid: Omit<NoisyGrid, 'spread'>, count?: number): SlopeTable {
    const { low, high, masks } = grid;
    const z = Array.from(masks);
    const key = [low, high, ...z].join();
    const known = this.#tables.get(key);
    if (known) return known;
    const isShared = z.every((mask) => mask === 0 || mask === 1);
    const { kernels, spread, backward } = this;
    const made = new SlopeTable(kernels, { ...grid, spread }, backward, isShared ? undefined : count);
    this.#tables.set(key, made);
    return made;
  }
}
