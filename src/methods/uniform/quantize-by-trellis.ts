import { periodOf, SYMBOLS_CHUNK } from '../../codec/index.js';
import type { TrellisKernel } from '../../kernels/trellis.js';
import type { LayerMoments } from '../../posterior/index.js';
import { clamp } from './clamp.js';
import { columnImportance, type Feedback } from './error-feedback.js';
import { type TrellisCosts, TrellisLines } from './trellis-lines.js';

/**
 * What a line of so many numbers has of the squared error of rounding to numbers: 1.49 dB less where it is long; the first
 * few have no choice of paths yet. Measured on uniform targets, 16 to 4096 numbers.
 */
const errorShare = (length: number) => 0.71 + 2.4 / length;
/**
 * Distance of levels, in steps of plain rounding, at which the squared error is that of rounding. Weights are not spread
 * evenly over cells as wide as they are themselves, which costs rounding more: measured on normal weights, steps of 1/4 to 3/2
 * of their spread.
 *
 * @param spread step of plain rounding over the standard deviation of the weights
 */
export function trellisStep(spread: number, moments: LayerMoments | null, elementCount: number): number {
  // Numbers stand for levels two apart.
  return ((0.963 + 0.228 * spread) * 0.5) / Math.sqrt(errorShare(chainLength(moments, elementCount)));
}

/** Numbers that a chain needs at least. */
const LEAST_CHAIN = 16;
/** Weights farther out than this, in levels, are too far for the alphabet. */
const MAX_TARGET = 120;
/** Columns that pass their errors on together. */
const BLOCK = 32;
/** The numbers that there are. */
export const NUMBERS = { min: -64, size: 128 } as const;

/** Numbers between the beginning of a chain and where the coder, or the tensor, begins a new one. */
function chainLength(moments: LayerMoments | null, elementCount: number): number {
  const { rows, rowStride } = moments ?? { rows: elementCount, rowStride: 1 };
  return Math.floor(Math.min(rows * rowStride, SYMBOLS_CHUNK) / periodOf(rowStride));
}

/** Whether {@link quantizeByTrellis} gains anything over plain rounding, and can. */
export function suitsTrellis(targets: Float32Array, moments: LayerMoments | null): boolean {
  for (let i = 0; i < targets.length; i++) if (Math.abs(targets[i]) > MAX_TARGET) return false;
  return chainLength(moments, targets.length) >= LEAST_CHAIN;
}

/**
 * Levels by Viterbi's search, column by column where input moments are known: what a column loses, those after it make up
 * for, as in `quantizeRow`. All rows of a column are one line, so the search sees no feedback on its way.
 *
 * @param targets f32[elements], in levels
 * @param costs   in squared levels; null: the nearest path, whatever it costs
 * @param limitOf how far out what is aimed at may be, in levels, by element: inputs that are hardly ever there could ask for any
 * @see Tseng et al. 2024 (QTIP), arXiv 2406.11235, section 3: trellis coding inside error feedback
 */
export function quantizeByTrellis(
  targets: Float32Array,
  feedback: Feedback | null,
  kernel: TrellisKernel,
  costs: TrellisCosts | null,
  limitOf: (index: number) => number = () => Number.POSITIVE_INFINITY,
): Int16Array {
  const period = periodOf(feedback?.moments.rowStride ?? 1);
  const free = { ...NUMBERS, rates: new Float32Array(2 * NUMBERS.size), classes: new Uint8Array(targets.length) };
  const lines = new TrellisLines(targets.length, period, kernel, costs ?? free);
  if (feedback) chooseColumns(lines, targets, feedback, limitOf);
  else lines.choose(0, 1, targets, 1);
  return lines.levels;
}

function chooseColumns(
  lines: TrellisLines,
  targets: Float32Array,
  { moments, factors }: Feedback,
  limitOf: (index: number) => number,
): void {
  const { groups, rows, columns, rowStride, columnStride } = moments;
  const importances = factors.map((factor) => columnImportance(factor, columns));
  const matrix = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let j = 0; j < columns; j++) matrix[r * columns + j] = targets[r * rowStride + j * columnStride];
  const groupOf = (r: number) => Math.floor((r * groups) / rows);
  const line = new Float32Array(rows);
  const errors = new Float64Array(rows * BLOCK);
  for (let start = 0; start < columns; start += BLOCK) {
    const stop = Math.min(columns, start + BLOCK);
    for (let j = start; j < stop; j++) {
      for (let r = 0; r < rows; r++)
        line[r] = clamp(matrix[r * columns + j], limitOf(r * rowStride + j * columnStride));
      const weight = importances.reduce((sum, importance) => sum + importance[j], 0) / groups;
      lines.choose(j * columnStride, rowStride, line, weight);
      for (let r = 0; r < rows; r++) {
        const factor = factors[groupOf(r)];
        const level = lines.levels[r * rowStride + j * columnStride];
        const error = (matrix[r * columns + j] - level) / factor[j * columns + j];
        errors[r * BLOCK + j - start] = error;
        passOn(matrix, r * columns, error, factor, j * columns, j + 1, stop);
      }
    }
    for (let r = 0; r < rows; r++) {
      const factor = factors[groupOf(r)];
      for (let j = start; j < stop; j++) {
        passOn(matrix, r * columns, errors[r * BLOCK + j - start], factor, j * columns, stop, columns);
      }
    }
  }
}

function passOn(
  matrix: Float64Array,
  row: number,
  error: number,
  factor: Float64Array,
  factorRow: number,
  from: number,
  to: number,
): void {
  if (error === 0) return;
  for (let k = from; k < to; k++) matrix[row + k] -= error * factor[factorRow + k];
}
