/** What one group of output channels has for inputs: x̃ in the quantized network, x in the original. */
export interface PathInputs {
  /** K: weights of a row. */
  readonly columns: number;
  /** Mean of x̃ x̃ᵀ. [K × K]. */
  readonly second: Float32Array;
  /** Mean of x̃ xᵀ, row for x̃. [K × K]. */
  readonly cross: Float32Array;
}

/**
 * The greedy path: codes q so that X̃ q follows X w, coordinate by coordinate.
 *
 *   q_t = 𝒬( ⟨X̃_t, u_{t−1} + w_t X_t⟩ / ‖X̃_t‖² ),   u_t = u_{t−1} + w_t X_t − q_t X̃_t
 *
 * with X_t, X̃_t column t over all samples. As u_{t−1} = Σ_{s<t} (w_s X_s − q_s X̃_s), the target of q_t is
 *
 *   ( Σ_{s≤t} ⟨X̃_t, X_s⟩ w_s − Σ_{s<t} ⟨X̃_t, X̃_s⟩ q_s ) / ⟨X̃_t, X̃_t⟩,
 *
 * which depends on the samples through two Gram matrices alone; and a common factor, the number of samples, cancels.
 * An input that is always zero gets the target 0.
 *
 * @param weights  f64[K]
 * @param quantize a code for (column, target)
 * @param values   f64[K], written: the value of each code, which `quantize` returns
 * @see Lybrand & Saab 2021, arXiv 2010.15979, and Zhang, Zhou, Saab 2022, arXiv 2201.11113
 */
export function followPath(
  weights: Float64Array,
  { columns, second, cross }: PathInputs,
  quantize: (column: number, target: number) => number,
  values: Float64Array,
): void {
  for (let t = 0; t < columns; t++) {
    const row = t * columns;
    let sum = cross[row + t] * weights[t];
    for (let s = 0; s < t; s++) sum += cross[row + s] * weights[s] - second[row + s] * values[s];
    const norm = second[row + t];
    values[t] = quantize(t, norm > 0 ? sum / norm : 0);
  }
}
