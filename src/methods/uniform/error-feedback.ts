import type { LayerMoments } from '../../posterior/index.js';

/** What error feedback along the rows of a layer needs. */
export interface Feedback {
  readonly moments: LayerMoments;
  /** {@link feedbackFactor} of each group. */
  readonly factors: readonly Float64Array[];
}

/** @param damping as in {@link feedbackFactor} */
export function feedbackOf(moments: LayerMoments, damping: number): Feedback {
  const factors = Array.from({ length: moments.groups }, (_, group) => feedbackFactor(moments, group, damping));
  return { moments, factors };
}

/**
 * The factor that error feedback needs, one a group: upper triangular U with H⁻¹ = Uᵀ U, H = second moment + damping.
 * Row j of U says how the error of column j is best spread over the columns after it.
 *
 * Computed as the inverse of R, where H = R Rᵀ with R upper triangular, so no matrix is inverted in full.
 *
 * @param damping relative to the mean of the diagonal; must leave H positive definite
 * @returns f64[K × K], row-major, zeros below the diagonal
 * @see Frantar et al. 2022 (GPTQ), arXiv 2210.17323, section 3.3 and algorithm 1: there the Cholesky factor of H⁻¹
 */
export function feedbackFactor(moments: LayerMoments, group: number, damping: number): Float64Array {
  const size = moments.columns;
  const factor = new Float64Array(size * size);
  const offset = group * size * size;
  let trace = 0;
  for (let i = 0; i < size; i++) trace += moments.second[offset + i * size + i];
  for (let i = 0; i < size * size; i++) factor[i] = moments.second[offset + i];
  const ridge = trace > 0 ? (trace / size) * damping : 1;
  for (let i = 0; i < size; i++) factor[i * size + i] += ridge;
  factorizeUpper(factor, size);
  invertUpper(factor, size);
  return factor;
}

/** Symmetric H → upper triangular R with H = R Rᵀ, in place. A pivot lost to rounding becomes a tiny positive one. */
function factorizeUpper(a: Float64Array, size: number): void {
  for (let j = size - 1; j >= 0; j--) {
    let pivot = a[j * size + j];
    for (let k = j + 1; k < size; k++) pivot -= a[j * size + k] ** 2;
    const diagonal = Math.sqrt(Math.max(pivot, a[j * size + j] * 1e-12, Number.MIN_VALUE));
    for (let i = 0; i < j; i++) {
      let sum = a[i * size + j];
      for (let k = j + 1; k < size; k++) sum -= a[i * size + k] * a[j * size + k];
      a[i * size + j] = sum / diagonal;
    }
    a[j * size + j] = diagonal;
    for (let i = j + 1; i < size; i++) a[i * size + j] = 0;
  }
}

/** Upper triangular R → R⁻¹, in place. Row i is finished before the rows above it need it. */
function invertUpper(a: Float64Array, size: number): void {
  const row = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    const inverse = 1 / a[i * size + i];
    row.fill(0, i);
    for (let k = i + 1; k < size; k++) {
      const factor = a[i * size + k];
      if (factor === 0) continue;
      for (let j = k; j < size; j++) row[j] += factor * a[k * size + j];
    }
    a[i * size + i] = inverse;
    for (let j = i + 1; j < size; j++) a[i * size + j] = -inverse * row[j];
  }
}

/** 1 / U_jj², the error that a column leaves after feedback, relative to the mean over columns. */
export function columnImportance(factor: Float64Array, columns: number): Float64Array {
  const importance = new Float64Array(columns);
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += importance[j] = 1 / factor[j * columns + j] ** 2;
  return importance.map((value) => (value * columns) / sum);
}

/**
 * Quantizes one row of weights from left to right; what a column loses, the columns after it make up for.
 * The row is overwritten by the values that were aimed at, in steps.
 *
 * @param row    f64[K], weights in units of the step
 * @param factor f64[K × K] of {@link feedbackFactor}
 * @param choose level for (column, value aimed at)
 * @param levels i16[K], written
 */
export function quantizeRow(
  row: Float64Array,
  factor: Float64Array,
  choose: (column: number, value: number) => number,
  levels: Int16Array,
): void {
  const size = row.length;
  for (let j = 0; j < size; j++) {
    const level = choose(j, row[j]);
    levels[j] = level;
    const error = (row[j] - level) / factor[j * size + j];
    if (error === 0) continue;
    const start = j * size;
    for (let k = j + 1; k < size; k++) row[k] -= error * factor[start + k];
  }
}
