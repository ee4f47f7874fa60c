import type { Kernels } from '../../kernels/index.js';
import { sortedOrder } from '../sorted-order.js';
import type { MultipointOptions } from './options.js';

/** Below it a row counts as zero: its scale would be no normal number. */
const TINY = 2 ** -100;
const GRID = 32;
/** In units of the largest magnitude, for the largest level. */
const [FIRST, LAST] = [0.1, 1.2];
const REFITS = 3;
/** η of the paper's grid; and a limit to the size of that grid, whose γ falls with the smallest gap between two weights. */
const PAPER_STEP = 2 ** -10;
const MAX_PAPER_GRID = 4096;

/** round, half away from zero, and clip. */
export function levelOf(x: number, levels: number): number {
  return Math.sign(x) * Math.min(levels, Math.floor(Math.abs(x) + 0.5));
}

/**
 * For every row the scale s with the least ‖r − s · clip(round(r / s))‖², as `search` finds it.
 *
 * @param values f32[rows × length], finite
 * @param levels 2^(b−1) − 1
 * @returns      f64[rows]; 1 for a row of zeros
 */
export function searchScales(
  values: Float32Array,
  rows: number,
  levels: number,
  search: Required<MultipointOptions>['search'],
  kernels: Pick<Kernels, 'sumRoundingErrors'>,
): Float64Array {
  const length = values.length / rows;
  const row = (r: number) => values.subarray(r * length, (r + 1) * length);
  if (search === 'exact') return Float64Array.from({ length: rows }, (_, r) => sweepBreakpoints(row(r), levels));
  if (search === 'paper') return Float64Array.from({ length: rows }, (_, r) => paperScale(row(r), levels, kernels));
  const grid = (largest: number) =>
    Float64Array.from({ length: GRID }, (_, k) => ((FIRST + ((LAST - FIRST) * k) / (GRID - 1)) * largest) / levels);
  const scales = leastOf(values, rows, levels, grid, kernels);
  return scales.map((scale, r) => refitScale(row(r), scale, levels));
}

/** Of each row's grid the scale of least error; the smallest of equals. */
function leastOf(
  values: Float32Array,
  rows: number,
  levels: number,
  gridOf: (largest: number) => Float64Array,
  kernels: Pick<Kernels, 'sumRoundingErrors'>,
): Float64Array {
  const length = values.length / rows;
  const grids = Array.from({ length: rows }, (_, r) => {
    const largest = largestOf(values.subarray(r * length, (r + 1) * length));
    return largest > TINY ? gridOf(largest) : gridOf(1).fill(1);
  });
  const count = grids[0].length;
  const inverses = new Float32Array(rows * count);
  for (const [r, grid] of grids.entries())
    inverses.set(
      grid.map((scale) => 1 / scale),
      r * count,
    );
  const sums = kernels.sumRoundingErrors(values, rows, inverses, levels);
  return Float64Array.from(grids, (grid, r) => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const error = grid[k] * grid[k] * sums[r * count + k];
      if (error >= least) continue;
      least = error;
      best = k;
    }
    return grid[best];
  });
}

/** s ← ⟨r, q⟩ / ⟨q, q⟩ with q = clip(round(r / s)): the error never grows. */
function refitScale(row: Float32Array, scale: number, levels: number): number {
  for (let pass = 0; pass < REFITS; pass++) {
    let [product, square] = [0, 0];
    for (const value of row) {
      const level = levelOf(value / scale, levels);
      product += level * value;
      square += level * level;
    }
    if (!(product > 0)) return scale;
    scale = product / square;
  }
  return scale;
}

/**
 * The best scale of all. As s falls, every weight climbs from level to level, at 1 / s = (k − 0.5) / |r_i|. In between, the
 * best scale for the levels is ⟨r, q⟩ / ⟨q, q⟩ and takes ⟨r, q⟩² / ⟨q, q⟩ off the error: the most of that is looked for.
 */
function sweepBreakpoints(row: Float32Array, levels: number): number {
  const magnitudes = row.map(Math.abs).filter((value) => value > TINY);
  const events = new Float32Array(magnitudes.length * levels);
  for (const [i, value] of magnitudes.entries()) {
    for (let k = 1; k <= levels; k++) events[i * levels + k - 1] = (k - 0.5) / value;
  }
  let [product, square] = [0, 0];
  let [most, best] = [0, 1];
  for (const event of sortedOrder(events)) {
    const k = (event % levels) + 1;
    product += magnitudes[Math.floor(event / levels)];
    square += 2 * k - 1;
    const gain = (product * product) / square;
    if (gain <= most) continue;
    most = gain;
    best = product / square;
  }
  return best;
}

/**
 * The grid of the paper: for values in [−1, 1] the scale a runs over (0, 2 levels ‖r‖∞] in steps of min(Δ / levels, η), where Δ
 * is the smallest gap between two weights. At most 4,096 of them. In our units s = a / levels.
 */
function paperScale(row: Float32Array, levels: number, kernels: Pick<Kernels, 'sumRoundingErrors'>): number {
  const largest = largestOf(row);
  if (!(largest > TINY)) return 1;
  const sorted = row.slice().sort();
  let gap = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] > sorted[i - 1]) gap = Math.min(gap, sorted[i] - sorted[i - 1]);
  }
  const range = 2 * levels * largest;
  const count = Math.min(MAX_PAPER_GRID, Math.ceil(range / Math.min(gap / levels, PAPER_STEP)));
  const grid = () => Float64Array.from({ length: count }, (_, k) => ((k + 1) * range) / count / levels);
  return leastOf(row, 1, levels, grid, kernels)[0];
}

function largestOf(row: Float32Array): number {
  let largest = 0;
  for (const value of row) largest = Math.max(largest, Math.abs(value));
  return largest;
}
