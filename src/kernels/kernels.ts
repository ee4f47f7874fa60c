import type { ClassCostKernel } from './encode-kernels.js';
import type { GridKernels } from './grid-kernels.js';
import type { NoiseKernels } from './noise-kernels.js';
import type { OptimizerKernels } from './optimizer-kernels.js';
import type { PriorKernels } from './prior-kernels.js';
import type { TrellisKernel } from './trellis.js';

/**
 * The hot loops. `reference/` holds a readable TypeScript twin of each: the specification, and the oracle of the tests;
 * `wasm/` the fast one. Both give identical results, bit for bit, on every input that a doc comment allows.
 * Arrays may be of any length; an implementation works in blocks and never keeps a view.
 */
export interface Kernels
  extends ClassCostKernel,
    TrellisKernel,
    OptimizerKernels,
    NoiseKernels,
    PriorKernels,
    GridKernels {
  readonly name: 'reference' | 'wasm';

  /**
   * codes[i] = index of the centroid nearest to weights[i] by absolute distance; a tie goes to the lower index.
   * NaN and +∞ take the last centroid, −∞ the first.
   *
   * @param weights   f32[n]
   * @param centroids f32[k], ascending, distinct, finite, 1 ≤ k ≤ 65536
   * @param codes     u16[n], written
   */
  assignNearest(weights: Float32Array, centroids: Float32Array, codes: Uint16Array): void;

  /**
   * counts[c] += number of i with codes[i] = c.
   * @throws {WringError} E_RANGE when a code is not below counts.length
   */
  countCodes(codes: Uint16Array, counts: Uint32Array): void;

  /**
   * Histogram of magnitudes on a logarithmic grid: bucket = clamp((bits(|w|) >>> 12) − MAGNITUDE_BASE, 0, 65535), so 2^11
   * buckets an octave over 32 octaves. counts[bucket] += 1.
   *
   * @param counts u32[65536], added to
   */
  countMagnitudes(weights: Float32Array, counts: Uint32Array): void;

  /** Sorts ascending in place (radix). −0 before +0; NaN last, with canonical bits. */
  sortFloats(values: Float32Array): void;

  /**
   * Greedy cover by relative distance on the histogram of `countMagnitudes`: picks, one after another, the bucket
   * centre c whose window [c/(1+delta), c/(1−delta)] holds the most magnitudes not yet covered, until `coverage`
   * (a share of all counts, 0–1) is reached, `maxPicks` are taken or nothing is left to gain; a tie goes to the lower
   * bucket. Only buckets wholly inside a window count: never bucket 0, which holds all that is too small and zero, nor
   * bucket 65535; and no pick is made when delta is below 2^-12, half a bucket.
   *
   * @param delta 0 < delta < 1
   * @returns f32[picks] in the order they were picked
   */
  coverRelative(counts: Uint32Array, delta: number, coverage: number, maxPicks: number): Float32Array;

  /**
   * votes[k] = number of i with |centroids[k] − means[i]| ≤ delta · sigmas[i], by a difference array. Both ends
   * means[i] ± delta · sigmas[i] are float64. A mean that is not a number votes for nothing.
   *
   * @param sigmas f32[n], positive and finite
   * @param centroids f32[k], ascending, distinct, finite
   * @param votes i32[k], overwritten
   */
  countVotes(
    means: Float32Array,
    sigmas: Float32Array,
    delta: number,
    centroids: Float32Array,
    votes: Int32Array,
  ): void;

  /**
   * Optimal 1-D clustering of weighted points: at most k contiguous clusters with the least Σ counts · (value − mean)².
   * Lagrangian search over a monotone deque.
   *
   * @param values f32[n], ascending, finite; equal ones count as one point
   * @param counts f64[n], positive
   * @returns f32[≤ k], the cluster means, ascending, distinct
   */
  clusterOptimal(values: Float32Array, counts: Float64Array, k: number): Float32Array;

  /**
   * Rate–distortion choice among the neighbours of the nearest centroid. For every i, over candidates
   * c ∈ {codes[i] − 2 … codes[i] + 2} ∪ {zeroCode} within range, in ascending order of c:
   *   cost(c) = importance[i] · (weights[i] − centroids[c])² + bits[contexts[i] · k + c]      (float32, in this order)
   * and the first c of least cost is written back; codes[i] stays when no cost is below infinity. `importance` already
   * holds 1/λ.
   *
   * @param codes    u16[n], in: nearest centroid; out: the choice
   * @param contexts u8[n], row of `bits`
   * @param bits     f32[contexts × k], cost of each code in bits
   * @param zeroCode index of the centroid 0, or −1
   */
  assignRateDistortion(
    weights: Float32Array,
    importance: Float32Array,
    centroids: Float32Array,
    contexts: Uint8Array,
    bits: Float32Array,
    zeroCode: number,
    codes: Uint16Array,
  ): void;

  /**
   * What rounding every row to multiples of a scale, up to ± `levels` of it, would cost at each of several scales:
   *
   *   sums[r × count + k] = Σ_i (t − nearest(min(t, levels)))²,  t = |values[r × length + i]| · inverses[r × count + k]
   *
   * in squares of the scale; a half goes to the even level. In float32: element i is added to partial sum i mod 16, and
   * partial sums p are added as (s0 + s1) + (s2 + s3), where sl = (p[l] + p[l + 4]) + (p[l + 8] + p[l + 12]).
   *
   * @param values   f32[rows × length], finite
   * @param inverses f32[rows × count], 1 / scale, positive and finite
   * @param levels   a whole number, 1 ≤ levels ≤ 32767
   * @returns        f32[rows × count]
   * @throws {WringError} E_SHAPE when rows do not divide both arrays
   */
  sumRoundingErrors(values: Float32Array, rows: number, inverses: Float32Array, levels: number): Float32Array;
}

/** bits(2^-20) >>> 12: the smallest magnitude with a bucket of its own; 32 octaves up from there ends at 2^12. */
export const MAGNITUDE_BASE = 0x35800000 >>> 12;
export const MAGNITUDE_BUCKETS = 65536;
