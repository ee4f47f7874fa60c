const TILE = 4;
const DEPTH = 256;
const COLUMNS = 128;

/** A matrix inside `data`: element (i, j) is data[i · row + j · column]; a transpose is an exchange of the strides. */
export interface Matrix {
  readonly data: Float64Array;
  readonly row: number;
  readonly column: number;
}

/**
 * target = a · b, or target += a · b. Float64, fixed order of summation, so the same bits in every engine.
 *
 * Both factors are packed into panels four wide (`0 1 2 3 | 0 1 2 3 | …` along the depth), padded with zeros, so that
 * the innermost loop reads two contiguous streams whatever the strides are.
 *
 * @param target f64[m · n], row-major
 * @param a      m × k
 * @param b      k × n
 */
export function gemm(m: number, n: number, k: number, a: Matrix, b: Matrix, target: Float64Array, accumulate = false) {
  if (!accumulate) target.fill(0, 0, m * n);
  const left = new Float64Array(roundUp(m) * Math.min(k, DEPTH));
  const right = new Float64Array(roundUp(Math.min(n, COLUMNS)) * Math.min(k, DEPTH));
  for (let k0 = 0; k0 < k; k0 += DEPTH) {
    const depth = Math.min(DEPTH, k - k0);
    pack(a.data, k0 * a.column, a.row, a.column, m, depth, left);
    for (let n0 = 0; n0 < n; n0 += COLUMNS) {
      const columns = Math.min(COLUMNS, n - n0);
      pack(b.data, k0 * b.row + n0 * b.column, b.column, b.row, columns, depth, right);
      for (let j = 0; j < columns; j += TILE) {
        for (let i = 0; i < m; i += TILE) {
          multiplyTile(left, i * depth, right, j * depth, depth);
          const rows = Math.min(TILE, m - i);
          const width = Math.min(TILE, columns - j);
          for (let r = 0; r < rows; r++) {
            for (let c = 0; c < width; c++) target[(i + r) * n + n0 + j + c] += TILE_SUMS[r * TILE + c];
          }
        }
      }
    }
  }
}

function roundUp(count: number): number {
  return Math.ceil(count / TILE) * TILE;
}

/** Panels of four lanes; `lane` and `step` are the strides across a panel and along the depth. */
function pack(
  data: Float64Array,
  start: number,
  lane: number,
  step: number,
  lanes: number,
  depth: number,
  panels: Float64Array,
) {
  let at = 0;
  for (let i = 0; i < lanes; i += TILE) {
    const used = Math.min(TILE, lanes - i);
    for (let k = 0; k < depth; k++) {
      const from = start + i * lane + k * step;
      for (let l = 0; l < used; l++) panels[at + l] = data[from + l * lane];
      for (let l = used; l < TILE; l++) panels[at + l] = 0;
      at += TILE;
    }
  }
}

const TILE_SUMS = new Float64Array(TILE * TILE);

/** 4 × 4 sums over the depth, as two halves of 4 × 2 so that all eight accumulators stay in registers. */
function multiplyTile(left: Float64Array, leftAt: number, right: Float64Array, rightAt: number, depth: number) {
  for (let half = 0; half < TILE; half += 2) {
    let s00 = 0;
    let s01 = 0;
    let s10 = 0;
    let s11 = 0;
    let s20 = 0;
    let s21 = 0;
    let s30 = 0;
    let s31 = 0;
    for (let k = 0, p = leftAt, q = rightAt + half; k < depth; k++, p += TILE, q += TILE) {
      const b0 = right[q];
      const b1 = right[q + 1];
      const a0 = left[p];
      s00 += a0 * b0;
      s01 += a0 * b1;
      const a1 = left[p + 1];
      s10 += a1 * b0;
      s11 += a1 * b1;
      const a2 = left[p + 2];
      s20 += a2 * b0;
      s21 += a2 * b1;
      const a3 = left[p + 3];
      s30 += a3 * b0;
      s31 += a3 * b1;
    }
    TILE_SUMS[half] = s00;
    TILE_SUMS[half + 1] = s01;
    TILE_SUMS[TILE + half] = s10;
    TILE_SUMS[TILE + half + 1] = s11;
    TILE_SUMS[2 * TILE + half] = s20;
    TILE_SUMS[2 * TILE + half + 1] = s21;
    TILE_SUMS[3 * TILE + half] = s30;
    TILE_SUMS[3 * TILE + half + 1] = s31;
  }
}
