/**
 * Solves the normal equations A a = b of a few unknowns by elimination with pivots on the diagonal.
 *
 * @param matrix f64[n][n], symmetric, not negative; overwritten
 * @param right  f64[n]; overwritten
 * @returns      null where A is singular, to a share of 1e-12 of its largest element
 */
export function solveSmall(matrix: number[][], right: number[]): number[] | null {
  const n = right.length;
  const floor = 1e-12 * Math.max(...matrix.map((row, i) => row[i]));
  for (let i = 0; i < n; i++) {
    if (!(matrix[i][i] > floor)) return null;
    for (let r = i + 1; r < n; r++) {
      const factor = matrix[r][i] / matrix[i][i];
      for (let c = i; c < n; c++) matrix[r][c] -= factor * matrix[i][c];
      right[r] -= factor * right[i];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = i + 1; c < n; c++) right[i] -= matrix[i][c] * right[c];
    right[i] /= matrix[i][i];
  }
  return right;
}

/** Rounds a positive number to `bits` bits after the leading one: coefficients need few, and fewer take fewer bytes. */
export function roundMantissa(value: number, bits: number): number {
  F32[0] = value;
  const unit = 1 << (23 - bits);
  U32[0] = (U32[0] + unit / 2) & -unit;
  return F32[0];
}

const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);
