import type { GridCoding, Tensor } from '../../core/index.js';
import type { TrellisKernel } from '../../kernels/trellis.js';
import { standardDeviation } from '../../posterior/index.js';
import { clamp } from './clamp.js';
import { columnImportance, type Feedback, quantizeRow } from './error-feedback.js';
import { quantizeByTrellis, suitsTrellis, trellisStep } from './quantize-by-trellis.js';
import type { TrellisCosts } from './trellis-lines.js';

/** Levels stay well inside int16; a step so fine that this binds is no compression. */
const MAX_LEVEL = 32000;

/** Bits of a level at a place of the tensor; see `levelCosts`. */
export interface LevelCosts {
  readonly lambda: number;
  /** Cost in bits of `level` for element `index`. */
  bits(index: number, level: number): number;
}

export interface QuantizeOptions {
  /** Steps: one, or one for each index of `axis`. */
  readonly scales: Float32Array;
  readonly axis: number;
  /** Given: error feedback along the rows of this layer. */
  readonly feedback: Feedback | null;
  /** No value lies beyond ± this by more than a step (default: what is aimed at is met). */
  readonly limit?: number;
  /** Given: rate–distortion choice. */
  readonly costs: LevelCosts | null;
  /** Given: levels follow a trellis, where that gains anything. */
  readonly trellis: TrellisOptions | null;
}

export interface TrellisOptions {
  readonly kernel: TrellisKernel;
  /** In step² per bit. */
  readonly lambda: number;
  /** In bits; null in the first round. */
  readonly costs: TrellisCosts | null;
}

/** Chooses a level for every weight of a tensor. Lossy. */
export function quantizeTensor(tensor: Pick<Tensor, 'dims' | 'toFloat32'>, options: QuantizeOptions): GridCoding {
  const weights = tensor.toFloat32();
  const codes = new Int16Array(weights.length);
  const scaleOf = scaleLookup(tensor.dims, options);
  const { trellis, feedback, axis, limit = Number.POSITIVE_INFINITY } = options;
  const moments = feedback?.moments ?? null;
  if (trellis) {
    const spread = standardDeviation(weights);
    const coarseness = spread > 0 ? Math.min(2, meanOf(options.scales) / spread) : 0;
    const step = trellisStep(coarseness, moments, weights.length);
    const scales = options.scales.map((scale) => scale * step);
    const levelOf = scaleLookup(tensor.dims, { scales, axis });
    const targets = weights.map((weight, i) => weight / levelOf(i));
    if (suitsTrellis(targets, moments)) {
      const bit = trellis.lambda / (step * step);
      const costs = trellis.costs && { ...trellis.costs, rates: trellis.costs.rates.map((bits) => bits * bit) };
      const levels = quantizeByTrellis(targets, feedback, trellis.kernel, costs, (i) => limit / levelOf(i));
      return { kind: 'grid', scales, axis, codes: levels };
    }
  }
  if (feedback) quantizeRows(weights, codes, scaleOf, feedback, limit, options.costs);
  else {
    for (let i = 0; i < weights.length; i++) codes[i] = chooseLevel(weights[i] / scaleOf(i), i, 1, options.costs);
  }
  return { kind: 'grid', scales: options.scales, axis: options.axis, codes };
}

function quantizeRows(
  weights: Float32Array,
  codes: Int16Array,
  scaleOf: (index: number) => number,
  { moments, factors }: Feedback,
  limit: number,
  costs: LevelCosts | null,
): void {
  const { groups, rows, columns, rowStride, columnStride } = moments;
  const row = new Float64Array(columns);
  const levels = new Int16Array(columns);
  for (const [group, factor] of factors.entries()) {
    const importance = columnImportance(factor, columns);
    for (let r = (group * rows) / groups; r < ((group + 1) * rows) / groups; r++) {
      const at = (column: number) => r * rowStride + column * columnStride;
      for (let j = 0; j < columns; j++) row[j] = weights[at(j)] / scaleOf(at(j));
      const choose = (j: number, value: number) =>
        chooseLevel(clamp(value, limit / scaleOf(at(j))), at(j), importance[j], costs);
      quantizeRow(row, factor, choose, levels);
      for (let j = 0; j < columns; j++) codes[at(j)] = levels[j];
    }
  }
}

/**
 * The level of least importance · (x − level)² + λ · bits among the nearest, the two towards zero, and zero; without
 * costs the nearest. x is in steps; a tie goes to the candidate named first.
 */
function chooseLevel(x: number, index: number, importance: number, costs: LevelCosts | null): number {
  const nearest = clamp(Math.round(x), MAX_LEVEL);
  if (!costs || nearest === 0) return nearest;
  let best = nearest;
  let least = Number.POSITIVE_INFINITY;
  const inward = nearest > 0 ? -1 : 1;
  for (const level of [nearest, nearest + inward, nearest + 2 * inward, 0]) {
    if (level * nearest < 0) continue;
    const cost = importance * (x - level) ** 2 + costs.lambda * costs.bits(index, level);
    if (cost < least) {
      least = cost;
      best = level;
    }
  }
  return best;
}

function scaleLookup(
  dims: readonly number[],
  { scales, axis }: Pick<QuantizeOptions, 'scales' | 'axis'>,
): (index: number) => number {
  if (scales.length === 1) return () => scales[0];
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return (index) => scales[Math.floor(index / inner) % scales.length];
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
