/** A matrix as rows of samples. */
export type Samples = readonly (readonly number[])[];

/**
 * The recursion as the papers print it, sample by sample: u is kept, a number a sample.
 *
 * @param quantize the alphabet
 */
export function literalPath(
  weights: readonly number[],
  original: Samples,
  quantized: Samples,
  quantize: (target: number) => number,
): { readonly values: number[]; readonly error: number[] } {
  const u = original.map(() => 0);
  const values = weights.map((weight, t) => {
    let inner = 0;
    let norm = 0;
    quantized.forEach((sample, n) => {
      inner += sample[t] * (u[n] + weight * original[n][t]);
      norm += sample[t] * sample[t];
    });
    const value = quantize(norm > 0 ? inner / norm : 0);
    quantized.forEach((sample, n) => {
      u[n] += weight * original[n][t] - value * sample[t];
    });
    return value;
  });
  return { values, error: u };
}

export function transpose(rows: Samples): number[][] {
  return rows[0].map((_, j) => rows.map((row) => row[j]));
}

export function multiply(samples: Samples, weights: Samples, bias: readonly number[]): number[][] {
  return samples.map((x) => weights.map((w, r) => w.reduce((sum, value, j) => sum + value * x[j], bias[r])));
}
