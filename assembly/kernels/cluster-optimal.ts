import { fromLogBits, logBits } from "../shared/log-bits";
import { fillSums, shortestPath, squaredError } from "../shared/priced-path";

// Reads as src/kernels/reference/cluster-optimal.ts does, operation by operation: floating point must round alike.

// @ts-ignore: decorator
@inline
const ERROR_SLOPE: f64 = 3;
// @ts-ignore: decorator
@inline
const GUIDED_STEPS: i32 = 12;
// @ts-ignore: decorator
@inline
const MAX_STEPS: i32 = 80;

/** Bytes of scratch that `clusterOptimal` needs for n points: x, h, sums, queue, from and three paths. */
export function clusterScratch(n: i32): usize {
  return (<usize>n + 1) * (8 + 8 + 32 + 8 + 4 + 3 * 4);
}

/**
 * @param values f32[n], ascending, finite
 * @param counts f64[n], positive
 * @param means  f32[k], written: ascending and distinct
 * @returns the number of means
 */
export function clusterOptimal(values: usize, counts: usize, n: i32, k: i32, scratch: usize, means: usize): i32 {
  const size = <usize>n + 1;
  const x = scratch;
  const h = x + size * 8;
  const sums = h + size * 8;
  const queue = sums + size * 32;
  const from = queue + size * 8;
  const paths = from + size * 4;
  const points = mergeEqual(values, counts, n, x, h);
  if (points == 0 || k < 1) return 0;
  if (points <= k) {
    fillSingles(paths, points);
    return writeMeans(x, h, paths, points, means);
  }
  fillSums(x, h, points, sums);
  const boundaries = boundariesOf(sums, points, k, queue, from, paths, size * 4);
  return writeMeans(x, h, boundaries, k, means);
}

function mergeEqual(values: usize, counts: usize, n: i32, x: usize, h: usize): i32 {
  let points = 0;
  for (let i = 0; i < n; i++) {
    const value = <f64>load<f32>(values + ((<usize>i) << 2));
    const count = load<f64>(counts + ((<usize>i) << 3));
    if (points > 0 && load<f64>(x + ((<usize>points - 1) << 3)) == value) {
      const p = h + ((<usize>points - 1) << 3);
      store<f64>(p, load<f64>(p) + count);
    } else {
      // −0 becomes +0
      store<f64>(x + ((<usize>points) << 3), value + 0);
      store<f64>(h + ((<usize>points) << 3), count);
      points++;
    }
  }
  return points;
}

/** A pointer to the k + 1 boundaries of the best k clusters, in one of the three paths. Here 1 ≤ k < n. */
function boundariesOf(sums: usize, n: i32, k: i32, queue: usize, from: usize, paths: usize, pitch: usize): usize {
  let few = paths;
  let many = paths + pitch;
  let path = paths + 2 * pitch;
  store<i32>(few, 0);
  store<i32>(few, n, 4);
  let fewSteps = 1;
  fillSingles(many, n);
  if (k == 1) return few;
  const all = squaredError(sums, 0, n);
  let high = logBits(all);
  let low = logBits(all * reinterpret<f64>(0x3af0000000000000)); // 2^-80
  let guess = high - ERROR_SLOPE * (logBits(<f64>k) - logBits(1));
  for (let step = 0; step < MAX_STEPS; step++) {
    const middle = step < GUIDED_STEPS && guess > low && guess < high ? guess : low + 0.5 * (high - low);
    if (!(middle > low && middle < high)) break;
    const steps = shortestPath(sums, n, fromLogBits(middle), queue, from, path);
    if (steps == k) return path;
    const tested = path;
    if (steps > k) {
      path = many;
      many = tested;
      low = middle;
    } else {
      path = few;
      few = tested;
      fewSteps = steps;
      high = middle;
    }
    guess = middle + ERROR_SLOPE * (logBits(<f64>steps + (steps > k ? 0.5 : -0.5)) - logBits(<f64>k));
  }
  splice(few, fewSteps, many, k, path);
  return path;
}

/** Begins as `many` and ends as `few`, with k clusters. */
function splice(few: usize, fewSteps: i32, many: usize, k: i32, path: usize): void {
  const shift = k - fewSteps;
  let i = 0;
  while (positionAt(few, i + 1) < positionAt(many, i + 1 + shift)) i++;
  for (let j = 0; j <= i + shift; j++) store<i32>(path + ((<usize>j) << 2), positionAt(many, j));
  for (let j = i + 1; j <= fewSteps; j++) store<i32>(path + ((<usize>(j + shift)) << 2), positionAt(few, j));
}

function fillSingles(path: usize, n: i32): void {
  for (let i = 0; i <= n; i++) store<i32>(path + ((<usize>i) << 2), i);
}

/** Means within their clusters, rounded to float32; equal ones are given once. */
function writeMeans(x: usize, h: usize, boundaries: usize, clusters: i32, means: usize): i32 {
  let size = 0;
  let last: f32 = 0;
  for (let c = 0; c < clusters; c++) {
    const start = positionAt(boundaries, c);
    const end = positionAt(boundaries, c + 1);
    const first = load<f64>(x + ((<usize>start) << 3));
    let weight: f64 = 0;
    let moment: f64 = 0;
    for (let i = start; i < end; i++) {
      const count = load<f64>(h + ((<usize>i) << 3));
      weight += count;
      moment += count * (load<f64>(x + ((<usize>i) << 3)) - first);
    }
    const within = max<f64>(first, first + moment / weight);
    const mean = <f32>min<f64>(load<f64>(x + ((<usize>end - 1) << 3)), within) + 0;
    if (size == 0 || mean > last) {
      store<f32>(means + ((<usize>size) << 2), mean);
      size++;
      last = mean;
    }
  }
  return size;
}

// @ts-ignore: decorator
@inline
function positionAt(path: usize, i: i32): i32 {
  return load<i32>(path + ((<usize>i) << 2));
}
