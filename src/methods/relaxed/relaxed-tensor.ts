import { Random } from '../../core/index.js';
import type { KernelMemory, Kernels, Region } from '../../kernels/index.js';
import { noiseSeed, type StoredTensor } from '../../training/index.js';
import { FIRST_LOGIT, LOGIT_LIMIT } from './bit-masks.js';
import { bestStep, gridOfWidth, type IntegerGrid, nearestLevel, signedGrid } from './integer-grid.js';
import { bitsOfWidths, LearnedWidth, stepOf, stepsOfWidths } from './learned-width.js';
import { levelOdds } from './level-odds.js';
import { MaskedRounding } from './masked-rounding.js';
import { dropsBits, type RelaxedMethod, type ResolvedRelaxedOptions, TERNARY } from './options.js';
import type { Rounding } from './rounding.js';
import { SlopeTables } from './slope-table.js';

/** Steps stay within these factors of the first. */
const FACTOR = 16;
/** Spreads stay within these, in steps. */
const SPREADS: readonly [number, number] = [1 / 16, 2];

/** Weights that have one width: those of a tensor, or of one of its output channels. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly rounding: Rounding;
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
  /** The levels that a weight can have at most. */
  readonly #grid: IntegerGrid;
  readonly #runs: readonly Run[];
  readonly #maskCount: number;
  /** Steps of learned widths 2, 3, …, in α. */
  readonly #factors: readonly number[];
  /** `rq`: of what was drawn, by number, step and spread. */
  readonly #slopes: readonly Region<Float32Array>[];
  readonly #kernels: Kernels;
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
    const asked = options.tensorBits[stored.source.tensor.name] ?? options.bits;
    const bits = asked === TERNARY ? 2 : asked;
    this.#grid = asked === TERNARY ? gridOfWidth(2) : signedGrid(bits);
    const weights = stored.source.tensor.toFloat32();
    const learns = options.widths !== 'fixed';
    const steps = learns ? stepsOfWidths(weights, bits) : [];
    this.firstStep = steps.at(-1) ?? bestStep(weights, this.#grid);
    this.#factors = steps.map((step) => step / this.firstStep);
    this.#maskCount = dropsBits(options) ? bits - 2 : 0;
    const length = stored.length / channels;
    this.#runs = Array.from({ length: channels }, (_, i) => ({
      start: i * length,
      end: (i + 1) * length,
      rounding: learns
        ? new LearnedWidth(length, this.#factors)
        : new MaskedRounding(this.#grid, bits, this.#maskCount),
    }));
    this.ownLength = 2 + channels * this.#maskCount;
    this.#slopes = Array.from({ length: method === 'rq' ? 3 : 0 }, () => memory.floats(stored.length));
    this.#kernels = memory.kernels;
    this.prices = memory.floats(channels * this.#maskCount);
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
    if (this.#slopes.length > 0) {
      const grid = { ...this.#grid, step: scale, spread };
      const [byNumber, byStep, bySpread] = this.#slopes.map((slopes) => slopes.view());
      const odds = levelOdds(spread, this.options);
      const { hard } = this.options;
      this.#kernels.drawLevels(numbers, grid, odds, hard, random.seed, targets, { byNumber, byStep, bySpread });
      return;
    }
    const { backward: by, through } = this.options;
    const tables = new SlopeTables(this.#kernels, spread, { by, through });
    this.#runs.forEach(({ start, end, rounding }, i) => {
      const run = { step: scale, logits: this.#logits(own, i) };
      rounding.sample(numbers.subarray(start, end), run, tables, random, targets.subarray(start, end));
    });
  }

  /**
   * @param gradients ∂loss/∂weights
   * @param numbers   ∂loss/∂numbers, written
   * @param own       ∂loss/∂own numbers, written, what masks cost among it
   */
  backward(gradients: Float32Array, numbers: Float32Array, ownNumbers: Float32Array, own: Float32Array): void {
    own.fill(0);
    const sums = new Float64Array(2);
    if (this.#slopes.length > 0) {
      const slopes = this.#slopes.map((region) => region.view());
      weighSlopes(gradients, slopes, numbers, sums);
    } else {
      this.#runs.forEach(({ start, end, rounding }, i) => {
        const by = { step: ownNumbers[0], logits: this.#logits(ownNumbers, i) };
        const into = { numbers: numbers.subarray(start, end), sums, logits: this.#logits(own, i) };
        rounding.backward(gradients.subarray(start, end), by, this.#pricesOf(i), into);
      });
    }
    own[0] = sums[0];
    own[1] = sums[1];
  }

  /** The weights that are the result: the nearest levels of the widths that are left. */
  harden(numbers: Float32Array, own: Float32Array, targets: Float32Array): void {
    this.#runs.forEach(({ start, end, rounding }, i) => {
      const { grid, factor } = rounding.left(this.#logits(own, i));
      const step = stepOf(own[0], factor);
      for (let k = start; k < end; k++) {
        targets[k] = step * nearestLevel(numbers[k] / step, grid);
      }
    });
  }

  /** Those that `harden` rounds by: one, or one of each run. */
  steps(own: Float32Array): Float32Array {
    const steps = Float32Array.from(this.#runs, ({ rounding }, i) =>
      stepOf(own[0], rounding.left(this.#logits(own, i)).factor),
    );
    return steps.every((step) => step === steps[0]) ? steps.subarray(0, 1) : steps;
  }

  /** Bits of the grids that are left, summed over the weights. */
  widthSum(own: Float32Array): number {
    return this.#runs.reduce((sum, { start, end, rounding }, i) => {
      return sum + (end - start) * rounding.left(this.#logits(own, i)).bits;
    }, 0);
  }

  /**
   * Asks anew what each class costs.
   *
   * @param total weights of all tensors
   */
  setPrices(numbers: Float32Array, own: Float32Array, total: number): void {
    const { price, priceOf } = this.options;
    this.#runs.forEach(({ start, end }, i) => {
      const prices = this.#pricesOf(i);
      if (priceOf === 'masks') prices.fill(price / this.#runs.length);
      else {
        const bits = bitsOfWidths(numbers.subarray(start, end), own[0], this.#factors);
        for (let c = 0; c < prices.length; c++) prices[c] = (price * (bits[c + 1] - bits[c])) / total;
      }
    });
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
function weighSlopes(
  gradients: Float32Array,
  [byNumbers, bySteps, bySpreads]: readonly Float32Array[],
  target: Float32Array,
  sums: Float64Array,
): void {
  let [byStep, bySpread] = [0, 0];
  for (let i = 0; i < gradients.length; i++) {
    const gradient = gradients[i];
    target[i] = gradient * byNumbers[i];
    byStep += gradient * bySteps[i];
    bySpread += gradient * bySpreads[i];
  }
  sums[0] += byStep;
  sums[1] += bySpread;
}
