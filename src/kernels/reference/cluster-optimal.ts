import { assertSameLength } from '../arguments.js';
import { fromLogBits, logBits } from '../float-bits.js';

/** Of a smooth density k clusters leave an error ∝ k⁻², so the price that gives k falls as k⁻³. */
const ERROR_SLOPE = 3;
/** Prices tried by that rule before the interval is halved instead, and prices tried in all before the splice. */
const GUIDED_STEPS = 12;
const MAX_STEPS = 80;

/**
 * See {@link Kernels.clusterOptimal}. A price λ for each cluster turns "at most k" into a shortest path without a
 * count; the count falls as λ rises, so λ is searched until the path has k clusters. Where the count jumps over k (ties),
 * a path with more and one with fewer clusters are spliced into one of exactly k: the cost satisfies the quadrangle
 * inequality, so the splice costs no more than the optimum (Aggarwal, Schieber & Tokuyama 1994, "Finding a minimum-weight
 * k-link path in graphs with the concave Monge property", lemma 5).
 */
export function clusterOptimal(values: Float32Array, counts: Float64Array, k: number): Float32Array {
  assertSameLength('counts', counts, 'values', values);
  const points = mergeEqual(values, counts);
  const n = points.x.length;
  if (n === 0 || k < 1) return new Float32Array(0);
  return clusterMeans(points, n <= k ? Int32Array.from({ length: n + 1 }, (_, i) => i) : boundariesOf(points, k));
}

interface Points {
  readonly x: Float64Array;
  readonly h: Float64Array;
}

function mergeEqual(values: Float32Array, counts: Float64Array): Points {
  const x = new Float64Array(values.length);
  const h = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    if (n > 0 && x[n - 1] === values[i]) h[n - 1] += counts[i];
    else {
      // −0 becomes +0
      x[n] = values[i] + 0;
      h[n++] = counts[i];
    }
  }
  return { x: x.subarray(0, n), h: h.subarray(0, n) };
}

/** The boundaries 0 = b₀ < b₁ < … < b_k = n of the best k clusters; cluster j is [b_j, b_{j+1}). Here 1 ≤ k < n. */
function boundariesOf(points: Points, k: number): Int32Array {
  const n = points.x.length;
  const price = new PricedPath(points);
  let few: Int32Array = Int32Array.of(0, n);
  let many: Int32Array = Int32Array.from({ length: n + 1 }, (_, i) => i);
  if (k === 1) return few;
  const all = price.squaredError(0, n);
  let high = logBits(all);
  let low = logBits(all * 2 ** -80);
  let guess = high - ERROR_SLOPE * (logBits(k) - logBits(1));
  for (let step = 0; step < MAX_STEPS; step++) {
    const middle = step < GUIDED_STEPS && guess > low && guess < high ? guess : low + 0.5 * (high - low);
    if (!(middle > low && middle < high)) break;
    const path = price.shortestPath(fromLogBits(middle));
    const clusters = path.length - 1;
    if (clusters === k) return path;
    if (clusters > k) {
      many = path;
      low = middle;
    } else {
      few = path;
      high = middle;
    }
    // Half a cluster too far: counts are whole, and one short of k would be approached from one side only.
    guess = middle + ERROR_SLOPE * (logBits(clusters > k ? clusters + 0.5 : clusters - 0.5) - logBits(k));
  }
  return splice(few, many, k);
}

/** Begins as `many` and ends as `few`, with k clusters. Here few.length − 1 < k < many.length − 1. */
function splice(few: Int32Array, many: Int32Array, k: number): Int32Array {
  const shift = k - (few.length - 1);
  let i = 0;
  while (few[i + 1] < many[i + 1 + shift]) i++;
  const path = new Int32Array(k + 1);
  path.set(many.subarray(0, i + shift + 1));
  path.set(few.subarray(i + 1), i + shift + 1);
  return path;
}

/** Shortest paths over 0 … n where the step i → j costs squaredError(i, j) + λ. */
class PricedPath {
  readonly #n: number;
  /** Prefix sums of h, h·x and h·x², where x is measured from the middle point, against cancellation. */
  readonly #weight: Float64Array;
  readonly #moment: Float64Array;
  readonly #square: Float64Array;
  readonly #cost: Float64Array;
  readonly #from: Int32Array;
  /** Candidates for a step's beginning, and the first end at which each is best. */
  readonly #queue: Int32Array;
  readonly #bestAt: Int32Array;

  constructor({ x, h }: Points) {
    const n = x.length;
    this.#n = n;
    this.#weight = new Float64Array(n + 1);
    this.#moment = new Float64Array(n + 1);
    this.#square = new Float64Array(n + 1);
    const origin = x[n >> 1];
    for (let i = 0; i < n; i++) {
      const d = x[i] - origin;
      const hd = h[i] * d;
      this.#weight[i + 1] = this.#weight[i] + h[i];
      this.#moment[i + 1] = this.#moment[i] + hd;
      this.#square[i + 1] = this.#square[i] + hd * d;
    }
    this.#cost = new Float64Array(n + 1);
    this.#from = new Int32Array(n + 1);
    this.#queue = new Int32Array(n + 1);
    this.#bestAt = new Int32Array(n + 1);
  }

  squaredError(i: number, j: number): number {
    const moment = this.#moment[j] - this.#moment[i];
    const error = this.#square[j] - this.#square[i] - (moment * moment) / (this.#weight[j] - this.#weight[i]);
    return Math.max(error, 0);
  }

  shortestPath(lambda: number): Int32Array {
    const n = this.#n;
    const cost = this.#cost;
    const from = this.#from;
    const queue = this.#queue;
    const bestAt = this.#bestAt;
    const better = (a: number, b: number, j: number) =>
      cost[a] + this.squaredError(a, j) < cost[b] + this.squaredError(b, j);
    let head = 0;
    let tail = 0;
    queue[0] = 0;
    bestAt[0] = 1;
    for (let j = 1; j <= n; j++) {
      while (head < tail && bestAt[head + 1] <= j) head++;
      const i = queue[head];
      cost[j] = cost[i] + this.squaredError(i, j) + lambda;
      from[j] = i;
      if (j === n) break;
      // j takes over from the last candidates wherever it is better from their first end on; it then stays better.
      while (tail >= head && better(j, queue[tail], Math.max(bestAt[tail], j + 1))) tail--;
      let first = j + 1;
      if (tail >= head) {
        first = Math.max(bestAt[tail], j + 1) + 1;
        let end = n + 1;
        while (first < end) {
          const middle = (first + end) >>> 1;
          if (better(j, queue[tail], middle)) end = middle;
          else first = middle + 1;
        }
      }
      if (first <= n) {
        queue[++tail] = j;
        bestAt[tail] = first;
      }
    }
    let clusters = 0;
    for (let j = n; j > 0; j = from[j]) clusters++;
    const path = new Int32Array(clusters + 1);
    for (let j = n, c = clusters; j > 0; j = from[j]) path[c--] = j;
    return path;
  }
}

/** Means within their clusters, rounded to float32; equal ones are given once. */
function clusterMeans({ x, h }: Points, boundaries: Int32Array): Float32Array {
  const means = new Float32Array(boundaries.length - 1);
  let size = 0;
  for (let c = 0; c + 1 < boundaries.length; c++) {
    const start = boundaries[c];
    const end = boundaries[c + 1];
    let weight = 0;
    let moment = 0;
    for (let i = start; i < end; i++) {
      weight += h[i];
      moment += h[i] * (x[i] - x[start]);
    }
    // −0 becomes +0
    const mean = Math.fround(Math.min(x[end - 1], Math.max(x[start], x[start] + moment / weight))) + 0;
    if (size === 0 || mean > means[size - 1]) means[size++] = mean;
  }
  return means.slice(0, size);
}
