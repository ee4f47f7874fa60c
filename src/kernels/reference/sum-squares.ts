/** See OptimizerKernels.sumSquares. */
export function sumSquares(values: Float32Array): number {
  const sums = new Float64Array(8);
  for (let i = 0; i < values.length; i++) sums[i & 7] += values[i] * values[i];
  return foldSums(sums);
}

/** The order in which eight sums become one. */
export function foldSums([s0, s1, s2, s3, s4, s5, s6, s7]: Float64Array): number {
  return s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
}
