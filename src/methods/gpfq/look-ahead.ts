import type { PairedMoments } from '../../posterior/index.js';
import { feedbackFactor } from '../uniform/error-feedback.js';

/**
 * The path of one group with all columns in view: min ‖t − X̃ q‖², t being what the row is to put out, is min (q − v)ᵀ G (q − v) around
 * v = G⁻¹ X̃ᵀ t, the real weights that serve best behind the quantized layers, and what a column then loses is spread over
 * all columns after it by the factor of G⁻¹ (GPTQ's recursion). The greedy path makes up for it one column at a time.
 *
 * @see Frantar et al. 2022 (GPTQ), arXiv 2210.17323, for the feedback
 */
export class LookAhead {
  /** See `feedbackFactor`. */
  readonly factor: Float64Array;
  readonly #ridge: number;

  /** @param damping of G, as in `feedbackFactor`; what is aimed at gets that much of w, so that v = w where X̃ = X */
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

  /** v of one row: Uᵀ U (X̃ᵀ t + ridge · w), as G⁻¹ = Uᵀ U. @param weights f64[K], of row `row` of the layer */
  retarget(weights: Float64Array, row: number): Float64Array {
    const size = weights.length;
    const { aim, rows, groups } = this.moments;
    const perGroup = rows / groups;
    const start = this.group * size * perGroup + (row % perGroup);
    const right = weights.map((weight, t) => aim.cross[start + t * perGroup] + this.#ridge * weight);
    const inner = new Float64Array(size);
    const target = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      for (let s = k; s < size; s++) inner[k] += this.factor[k * size + s] * right[s];
      for (let s = k; s < size; s++) target[s] += this.factor[k * size + s] * inner[k];
    }
    return target;
  }
}
