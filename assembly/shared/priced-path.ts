// Shortest paths over 0 … n where the step i → j costs squaredError(i, j) + lambda. One record of 32 bytes a position:
//
//   0 Σ h   8 Σ h·x   16 Σ h·x²   24 cost of the path        (sums before the position)
//
// The queue holds i32 pairs: a beginning of steps, and the first end at which it is the best one.

/** x is measured from the middle point, against cancellation. */
export function fillSums(x: usize, h: usize, n: i32, sums: usize): void {
  const origin = load<f64>(x + ((<usize>(n >> 1)) << 3));
  let weight: f64 = 0;
  let moment: f64 = 0;
  let square: f64 = 0;
  for (let i = 0; i <= n; i++) {
    const p = sums + ((<usize>i) << 5);
    store<f64>(p, weight);
    store<f64>(p, moment, 8);
    store<f64>(p, square, 16);
    store<f64>(p, 0, 24);
    if (i == n) break;
    const d = load<f64>(x + ((<usize>i) << 3)) - origin;
    const count = load<f64>(h + ((<usize>i) << 3));
    const hd = count * d;
    weight += count;
    moment += hd;
    square += hd * d;
  }
}

// @ts-ignore: decorator
@inline
export function squaredError(sums: usize, i: i32, j: i32): f64 {
  const a = sums + ((<usize>i) << 5);
  const b = sums + ((<usize>j) << 5);
  const moment = load<f64>(b, 8) - load<f64>(a, 8);
  const error = load<f64>(b, 16) - load<f64>(a, 16) - (moment * moment) / (load<f64>(b) - load<f64>(a));
  return error > 0 ? error : 0;
}

/**
 * @param queue i32[2 × (n + 1)], scratch
 * @param from  i32[n + 1], scratch
 * @param path  i32[n + 1], the positions of the path, 0 first and n last
 * @returns the number of steps
 */
export function shortestPath(sums: usize, n: i32, lambda: f64, queue: usize, from: usize, path: usize): i32 {
  let head = 0;
  let tail = 0;
  setCandidate(queue, 0, 0, 1);
  for (let j = 1; j <= n; j++) {
    while (head < tail && bestAt(queue, head + 1) <= j) head++;
    const i = candidate(queue, head);
    const cost = costOf(sums, i) + squaredError(sums, i, j) + lambda;
    store<f64>(sums + ((<usize>j) << 5), cost, 24);
    store<i32>(from + ((<usize>j) << 2), i);
    if (j == n) break;
    // j takes over from the last candidates wherever it is better from their first end on; it then stays better.
    while (tail >= head && isBetter(sums, j, candidate(queue, tail), max(bestAt(queue, tail), j + 1))) tail--;
    let first = j + 1;
    if (tail >= head) {
      const last = candidate(queue, tail);
      first = max(bestAt(queue, tail), j + 1) + 1;
      let end = n + 1;
      while (first < end) {
        const middle = (first + end) >>> 1;
        if (isBetter(sums, j, last, middle)) end = middle;
        else first = middle + 1;
      }
    }
    if (first <= n) setCandidate(queue, ++tail, j, first);
  }
  let steps = 0;
  for (let j = n; j > 0; j = load<i32>(from + ((<usize>j) << 2))) steps++;
  let j = n;
  for (let at = steps; at > 0; at--) {
    store<i32>(path + ((<usize>at) << 2), j);
    j = load<i32>(from + ((<usize>j) << 2));
  }
  store<i32>(path, 0);
  return steps;
}

/** Does a step to j cost less from a than from b? */
// @ts-ignore: decorator
@inline
function isBetter(sums: usize, a: i32, b: i32, j: i32): bool {
  return costOf(sums, a) + squaredError(sums, a, j) < costOf(sums, b) + squaredError(sums, b, j);
}

// @ts-ignore: decorator
@inline
function costOf(sums: usize, i: i32): f64 {
  return load<f64>(sums + ((<usize>i) << 5), 24);
}

// @ts-ignore: decorator
@inline
function candidate(queue: usize, at: i32): i32 {
  return load<i32>(queue + ((<usize>at) << 3));
}

// @ts-ignore: decorator
@inline
function bestAt(queue: usize, at: i32): i32 {
  return load<i32>(queue + ((<usize>at) << 3), 4);
}

// @ts-ignore: decorator
@inline
function setCandidate(queue: usize, at: i32, position: i32, first: i32): void {
  store<i32>(queue + ((<usize>at) << 3), position);
  store<i32>(queue + ((<usize>at) << 3), first, 4);
}
