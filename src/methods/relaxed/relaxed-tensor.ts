import { Random } from '../../core/index.js';
import type { KernelMemory, Region } from '../../kernels/index.js';
import { noiseSeed, type StoredTensor } from '../../training/index.js';
import { bitsOfLevels } from '../rate/level-bits.js';
import { BitMasks, FIRST_LOGIT, LOGIT_LIMIT } from './bit-masks.js';
import { bestStep, gridOfWidth, type IntegerGrid, signedGrid } from './integer-grid.js';
import { LevelDraws } from './level-draws.js';
import { dropsBits, type RelaxedMethod, type ResolvedRelaxedOptions } from './options.js';
import { SlopeTable } from './slope-table.js';

/** Steps stay within these factors of the first. */
const FACTOR = 16;
/** Spreads stay within these, in steps. */
const SPREADS: readonly [number, number] = [1 / 16, 2];

/** Weights that have one width: those of a tensor, or of one of its output channels. */
interface Run {
  readonly start: number;
  readonly length: number;
  readonly masks: BitMasks;
  /** Of the step. */
  table: SlopeTable | null;
}

/**
 * The weights of one tensor under a quantizer: step α, spread σ and masks are trained beside them. Its own numbers, see
 * {@link ownLength}, lie behind the weights of all tensors: α, σ, then the logits of the masks, run by run.
 */
export class RelaxedTensor {
  readonly ownLength: number;
  /** Of the first own number. */
  offset = 0;
  readonly firstStep: number;
  /** The most that a weight can have. */
  readonly bits: number;
  readonly #runs: readonly Run[];
  readonly #maskCount: number;
  readonly #grid: IntegerGrid;
  /** `rq`: of what was drawn, see {@link LevelDraws}. */
  readonly #slopes: Float32Array | null;
  /** `srq`: the bin of each weight in the table of its run. */
  readonly #places: Int32Array;
  /** Of each run, what each of its classes costs. */
  readonly prices: Region<Float32Array>;

  constructor(
    readonly stored: StoredTensor,
    readonly index: number,
    channels: number,
    method: RelaxedMethod,
    readonly options: ResolvedRelaxedOptions,
    memory: KernelMemory,
  ) {
    this.bits = options.tensorBits[stored.source.tensor.name] ?? options.bits;
    const { bits } = this;
    this.#grid = signedGrid(bits);
    this.#maskCount = dropsBits(options) ? bits - 2 : 0;
    const length = stored.length / channels;
    this.#runs = Array.from({ length: channels }, (_, i) => ({
      start: i * length,
      length,
      masks: new BitMasks(this.#maskCount),
      table: null,
    }));
    this.ownLength = 2 + channels * this.#maskCount;
    this.#slopes = method === 'rq' ? new Float32Array(3 * stored.length) : null;
    this.#places = new Int32Array(method === 'rq' ? 0 : stored.length);
    this.prices = memory.floats(channels * this.#maskCount);
    this.firstStep = bestStep(stored.source.tensor.toFloat32(), this.#grid);
  }

  /** @param own the tensor's own numbers, written */
  start(own: Float32Array): void {
    own[0] = this.firstStep;
    own[1] = this.firstStep * this.options.spread;
    own.fill(FIRST_LOGIT, 2);
  }

  /** Brings what the optimizer has left back to where it makes sense. */
  limit(own: Float32Array): void {
    own[0] = Math.max(this.firstStep / FACTOR, Math.min(this.firstStep * FACTOR, own[0]));
    own[1] = Math.max(own[0] * SPREADS[0], Math.min(own[0] * SPREADS[1], own[1]));
    for (let i = 2; i < own.length; i++) own[i] = Math.max(-LOGIT_LIMIT, Math.min(LOGIT_LIMIT, own[i]));
  }

  /**
   * The weights of a step.
   *
   * @param numbers the tensor's trained numbers
   * @param targets written
   */
  sample(numbers: Float32Array, own: Float32Array, step: number, targets: Float32Array): void {
    const random = new Random(noiseSeed(this.options.seed, step, this.index));
    const [scale, spread] = [own[0], own[1] / own[0]];
    if (this.#slopes) {
      const draws = new LevelDraws({ ...this.#grid, spread }, this.options);
      draws.draw(numbers, scale, random.seed, targets, this.#slopes);
      return;
    }
    // Masks of channels are alike more often than not: all open, or closed from some class on.
    const tables = new Map<string, SlopeTable>();
    const { backward: by, through } = this.options;
    this.#runs.forEach((run, i) => {
      const { start, length, masks } = run;
      if (this.#maskCount > 0) masks.draw(this.#logits(own, i), random);
      const key = masks.z.join();
      const isShared = masks.z.every((z) => z === 0 || z === 1);
      const grid = { ...this.#grid, spread, masks: masks.z };
      run.table = tables.get(key) ?? new SlopeTable(grid, { by, through }, isShared ? undefined : length);
      tables.set(key, run.table);
      const end = start + length;
      run.table.round(
        numbers.subarray(start, end),
        scale,
        this.#places.subarray(start, end),
        targets.subarray(start, end),
      );
    });
  }

  /**
   * @param gradients ∂loss/∂weights
   * @param numbers   ∂loss/∂numbers, written
   * @param own       ∂loss/∂own numbers, written, what masks cost among it
   */
  backward(gradients: Float32Array, numbers: Float32Array, ownNumbers: Float32Array, own: Float32Array): void {
    own.fill(0);
    const sums = new Float64Array(2 + this.#maskCount);
    if (this.#slopes) weighSlopes(gradients, this.#slopes, numbers, sums);
    this.#runs.forEach(({ start, length, masks, table }, i) => {
      if (!table) return;
      sums.fill(0, 2);
      const end = start + length;
      table.backward(
        gradients.subarray(start, end),
        this.#places.subarray(start, end),
        ownNumbers[0],
        numbers.subarray(start, end),
        sums,
      );
      if (this.#maskCount === 0) return;
      const [logits, target] = [this.#logits(ownNumbers, i), this.#logits(own, i)];
      masks.backward(sums.subarray(2), target);
      if (this.options.widths === 'fixed') return;
      BitMasks.pay(logits, this.#pricesOf(i), target);
      // A class is for sale once all those further out have gone. Adam takes whole steps on the smallest price, so inner
      // masks would be closed already when their turn comes.
      target.fill(0, 0, Math.max(0, BitMasks.width(logits) - 3));
    });
    own[0] = sums[0];
    own[1] = sums[1];
  }

  /** The weights that are the result: the nearest levels of the widths that are left. */
  harden(numbers: Float32Array, own: Float32Array, targets: Float32Array): void {
    const [step] = own;
    this.#runs.forEach(({ start, length }, i) => {
      const { low, high } = this.#gridLeft(own, i);
      for (let k = start; k < start + length; k++) {
        targets[k] = step * Math.max(low, Math.min(high, Math.floor(numbers[k] / step + 0.5)));
      }
    });
  }

  /** Bits of the grids that are left, summed over the weights. */
  widthSum(own: Float32Array): number {
    if (this.#maskCount === 0) return this.bits * this.stored.length;
    return this.#runs.reduce((sum, { length }, i) => sum + length * BitMasks.width(this.#logits(own, i)), 0);
  }

  /**
   * Asks anew what each class costs.
   *
   * @param total weights of all tensors
   */
  setPrices(numbers: Float32Array, own: Float32Array, total: number): void {
    const { price, priceOf } = this.options;
    this.#runs.forEach(({ start, length }, i) => {
      const prices = this.#pricesOf(i);
      if (priceOf === 'masks') prices.fill(price / this.#runs.length);
      else {
        const bits = bitsOfClasses(numbers.subarray(start, start + length), own[0], this.#maskCount);
        for (let c = 0; c < prices.length; c++) prices[c] = (price * (bits[c + 1] - bits[c])) / total;
      }
    });
  }

  #gridLeft(own: Float32Array, run: number): IntegerGrid {
    return this.#maskCount === 0 ? this.#grid : gridOfWidth(BitMasks.width(this.#logits(own, run)));
  }

  #logits(own: Float32Array, run: number): Float32Array {
    const start = 2 + run * this.#maskCount;
    return own.subarray(start, start + this.#maskCount);
  }

  #pricesOf(run: number): Float32Array {
    return this.prices.view(run * this.#maskCount, (run + 1) * this.#maskCount);
  }
}

/** Gradients times slopes, by number, and summed by step and by spread. */
function weighSlopes(gradients: Float32Array, slopes: Float32Array, target: Float32Array, sums: Float64Array): void {
  const count = gradients.length;
  let [byStep, bySpread] = [0, 0];
  for (let i = 0; i < count; i++) {
    const gradient = gradients[i];
    target[i] = gradient * slopes[i];
    byStep += gradient * slopes[count + i];
    bySpread += gradient * slopes[2 * count + i];
  }
  sums[0] += byStep;
  sums[1] += bySpread;
}

/** What an entropy coder takes for all numbers when a grid of 2, 3, … bits is left. */
function bitsOfClasses(numbers: Float32Array, step: number, masks: number): number[] {
  const counts = new Uint32Array(2 ** (masks + 1) + 1);
  const most = counts.length - 1;
  for (const number of numbers) counts[Math.min(most, Math.floor(Math.abs(number) / step + 0.5))]++;
  return Array.from({ length: masks + 1 }, (_, c) => {
    const { high } = gridOfWidth(c + 2);
    const left = counts.slice(0, high + 1);
    for (let level = high + 1; level < counts.length; level++) left[high] += counts[level];
    return bitsOfLevels(left, new Float32Array(left.length));
  });
}
