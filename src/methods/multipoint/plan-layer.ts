import type { Tensor } from '../../core/index.js';
import type { Kernels } from '../../kernels/index.js';
import type { LayerMoments } from '../../posterior/index.js';
import { readFinite } from '../weights.js';
import { type Channels, channelsOf, gatherRows, type Metric, metricOf } from './channels.js';
import { roundMantissa, solveSmall } from './least-squares.js';
import type { MultipointOptions } from './options.js';
import { levelOf, searchScales } from './search-scales.js';

/** All points that the channels of a tensor could have, and what each would leave of the error. */
export interface LayerPlan {
  readonly tensor: Tensor;
  readonly axis: number;
  readonly channels: Channels;
  /** codes[i]: i16[rows × length], the levels of point i of every row. */
  readonly codes: readonly Int16Array[];
  /** scales[n − 1][i]: f32[rows], the coefficient of point i in a row of n points. Positive. */
  readonly scales: readonly (readonly Float32Array[])[];
  /** errors[n − 1]: f64[rows], the output error of a row of n points. */
  readonly errors: readonly Float64Array[];
  /** f64[rows]: the output power of a row, in the same unit. */
  readonly power: Float64Array;
}

type Options = Required<Pick<MultipointOptions, 'bits' | 'search' | 'granularity' | 'refit' | 'maxPoints'>>;

/**
 * Greedy selection, channel by channel: the next point is the low-bit vector that with its scale comes nearest to what the
 * points before it have left. Of `maxPoints` points each; how many are used is decided later.
 *
 * @param axis −1: the whole tensor is one channel, which has one point
 */
export function planLayer(
  tensor: Tensor,
  axis: number,
  moments: LayerMoments | null,
  options: Options,
  kernels: Pick<Kernels, 'sumRoundingErrors'>,
): LayerPlan {
  const levels = 2 ** (options.bits - 1) - 1;
  const channels = channelsOf(tensor.dims, axis);
  const { rows, length } = channels;
  const weights = gatherRows(readFinite(tensor), channels);
  const metric = metricOf(tensor, channels, moments);
  const fits = Array.from({ length: rows }, (_, r) => new RowFit(weights, r, length, metric, options.refit));
  const residual = weights.slice();
  const maxPoints = axis < 0 ? 1 : options.maxPoints;
  const codes: Int16Array[] = [];
  const scales: Float32Array[][] = [];
  const errors: Float64Array[] = [];
  for (let n = 1; n <= maxPoints; n++) {
    const shared = n === 1 && options.granularity === 'tensor';
    const found = searchScales(residual, shared ? 1 : rows, levels, options.search, kernels);
    const own = new Int16Array(weights.length);
    for (const [r, fit] of fits.entries()) {
      const scale = roundMantissa(found[shared ? 0 : r], options.bits + 6);
      const levelsOfRow = own.subarray(r * length, (r + 1) * length);
      for (let j = 0; j < length; j++) levelsOfRow[j] = levelOf(residual[r * length + j] / scale, levels);
      // A shared scale stays as long as it is the only one.
      fit.add(levelsOfRow, scale, shared ? null : options.bits + 6);
      fit.leave(residual.subarray(r * length, (r + 1) * length));
    }
    codes.push(own);
    scales.push(Array.from({ length: n }, (_, i) => Float32Array.from(fits, (fit) => fit.scales[i])));
    errors.push(Float64Array.from(fits, (fit) => fit.error()));
  }
  return { tensor, axis, channels, codes, scales, errors, power: Float64Array.from(fits, (fit) => fit.power) };
}

/** The points of one row, their coefficients, and the output error. Inner products are those of `metric`. */
class RowFit {
  readonly scales: number[] = [];
  readonly power: number;
  readonly #weights: Float64Array;
  readonly #points: Int16Array[] = [];
  /** ⟨q_i, q_j⟩ and ⟨q_i, w⟩ of the output, and the same of the weights themselves. */
  readonly #outputs = { gram: [] as number[][], right: [] as number[] };
  readonly #plain = { gram: [] as number[][], right: [] as number[] };
  readonly #felt: Float64Array;

  constructor(
    weights: Float32Array,
    readonly row: number,
    length: number,
    readonly metric: Metric,
    readonly refit: Options['refit'],
  ) {
    this.#weights = Float64Array.from(weights.subarray(row * length, (row + 1) * length));
    this.#felt = metric(row, this.#weights).slice();
    this.power = dot(this.#weights, this.#felt);
  }

  /** @param bits of a fitted coefficient; null: it is not fitted */
  add(point: Int16Array, scale: number, bits: number | null): void {
    const felt = this.metric(this.row, Float64Array.from(point));
    this.#extend(this.#outputs, point, felt, this.#felt);
    this.#extend(this.#plain, point, point, this.#weights);
    this.#points.push(point);
    this.scales.push(scale);
    if (bits === null || this.refit === 'none') return;
    const { gram, right } = this.refit === 'outputs' ? this.#outputs : this.#plain;
    const fitted = solveSmall(
      gram.map((row) => [...row]),
      [...right],
    );
    // A coefficient that is not positive has no scale; the greedy ones do as well then.
    if (!fitted?.every((value) => value > 2 ** -100)) return;
    fitted.forEach((value, i) => {
      this.scales[i] = roundMantissa(value, bits);
    });
  }

  /** Writes w − Σ a_i q_i. */
  leave(residual: Float32Array): void {
    for (let j = 0; j < residual.length; j++) {
      let rest = this.#weights[j];
      for (const [i, point] of this.#points.entries()) rest -= this.scales[i] * point[j];
      residual[j] = rest;
    }
  }

  error(): number {
    const { gram, right } = this.#outputs;
    let error = this.power;
    this.scales.forEach((a, i) => {
      error -= 2 * a * right[i];
      this.scales.forEach((b, j) => {
        error += a * b * gram[i][j];
      });
    });
    return Math.max(0, error);
  }

  #extend(
    { gram, right }: { gram: number[][]; right: number[] },
    point: Int16Array,
    felt: ArrayLike<number>,
    weights: ArrayLike<number>,
  ): void {
    const products = this.#points.map((other) => dot(other, felt));
    for (const [i, row] of gram.entries()) row.push(products[i]);
    gram.push([...products, dot(point, felt)]);
    right.push(dot(point, weights));
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
