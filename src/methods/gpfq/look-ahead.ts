import type { PairedMoments } from '../../posterior/index.js';
import { feedbackFactor } from '../uniform/error-feedback.js';

/**
 * The path of one group with all columns in view: min ‖X w − X̃ q‖² is min (q − v)ᵀ G (q − v) around v = G⁻¹ C w, the real
 * weights that serve best behind the quantized layers, and what a column then loses is spread over all columns after it
 * by the factor of G⁻¹ (GPTQ's recursion). The greedy path makes up for it one column at a time. Where the output is added to a value that has
 * lost e by now, as a shortcut has, X w + e is what it is to be: v = G⁻¹ (C w + X̃ᵀ e).
 *
 * @see Frantar et al. 2022 (GPTQ), arXiv 2210.17323, for the feedback
 */
export class LookAhead {
  /** See `feedbackFactor`. */
  readonly factor: Float64Array;
  readonly #ridge: number;

  /** @param damping of G, as in `feedbackFactor`; C gets the same, so that v = w where X̃ = X */
  constructor(
    readonly moments: PairedMoments,
    readonly group: number,
    damping: number,
  ) {
    const { columns, second } = moments;
    this.factor = feedbackFactor(moments, group, damping);
    let trace = 0;
    for (let i = 0; i < columns; i++) trace += second[(group * columns + i) * columns + i];
    this.#ridge = trace > 0 ? (trace / columns) * damping : 1;
  }

  /**
   * @param weights  f64[K], of row `row` of the layer; overwritten by the targets
   * @param quantize the value for (column, target)
   */
  follow(weights: Float64Array, row: number, quantize: (column: number, target: number) => number): void {
    const size = weights.length;
    weights.set(this.retarget(weights, row));
    for (let t = 0; t < size; t++) {
      const own = t * size;
      const error = (weights[t] - quantize(t, weights[t])) / this.factor[own + t];
      if (error === 0) continue;
      for (let s = t + 1; s < size; s++) weights[s] -= error * this.factor[own + s];
    }
  }

  /** v of one row: Uᵀ U ((C + ridge) w + X̃ᵀ e), as G⁻¹ = Uᵀ U. @param weights f64[K], of row `row` of the layer */
  retarget(weights: Float64Array, row: number): Float64Array {
    const size = weights.length;
    const { cross, lost, rows, groups } = this.moments;
    const offset = this.group * size * size;
    const perGroup = rows / groups;
    const right = Float64Array.from(weights, (weight, t) => {
      let sum = this.#ridge * weight;
      if (lost) sum += lost.cross[(this.group * size + t) * perGroup + (row % perGroup)];
      for (let s = 0; s < size; s++) sum += cross[offset + t * size + s] * weights[s];
      return sum;
    });
    const inner = new Float64Array(size);
    const target = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      for (let s = k; s < size; s++) inner[k] += this.factor[k * size + s] * right[s];
      for (let s = k; s < size; s++) target[s] += this.factor[k * size + s] * inner[k];
    }
    return target;
  }
}
