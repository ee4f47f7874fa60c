import { keyFromBits } from "../shared/float-key";
import { fusedRank, searchRank } from "../shared/fused-table";

/** Writes the k thresholds of k ascending centroids: their keys, so that a key's rank is the number of centroids ≤ it. */
export function centroidKeys(centroids: usize, k: i32, thresholds: usize): void {
  for (let i = 0; i < k; i++) {
    store<u32>(thresholds + ((<usize>i) << 2), keyOfNumber(load<f32>(centroids + ((<usize>i) << 2))));
  }
}

/**
 * Adds 1 to steps[first centroid within reach] and −1 to steps[first beyond], for each of n weights; prefix sums of steps
 * i32[k + 1] are the votes.
 */
export function countVotes(
  means: usize,
  sigmas: usize,
  n: i32,
  delta: f64,
  table: usize,
  shift: i32,
  steps: usize,
): void {
  for (let i = 0; i < n; i++) {
    const mean = <f64>load<f32>(means + ((<usize>i) << 2));
    const reach = delta * <f64>load<f32>(sigmas + ((<usize>i) << 2));
    const low = mean - reach;
    const high = mean + reach;
    if (!(low <= high)) continue;
    add(steps, fusedRank(table, keyBelow(low), shift), 1);
    add(steps, fusedRank(table, keyAtMost(high), shift), -1);
  }
}

/** The same by binary search among the thresholds. */
export function countVotesBySearch(
  means: usize,
  sigmas: usize,
  n: i32,
  delta: f64,
  thresholds: usize,
  k: i32,
  steps: usize,
): void {
  for (let i = 0; i < n; i++) {
    const mean = <f64>load<f32>(means + ((<usize>i) << 2));
    const reach = delta * <f64>load<f32>(sigmas + ((<usize>i) << 2));
    const low = mean - reach;
    const high = mean + reach;
    if (!(low <= high)) continue;
    add(steps, searchRank(thresholds, k, keyBelow(low)), 1);
    add(steps, searchRank(thresholds, k, keyAtMost(high)), -1);
  }
}

/** The key of the largest float32 below `value`. */
// @ts-ignore: decorator
@inline
function keyBelow(value: f64): u32 {
  const rounded = <f32>value;
  return keyOfNumber(rounded) - <u32>(<f64>rounded >= value);
}

/** The key of the largest float32 that is not above `value`. */
// @ts-ignore: decorator
@inline
function keyAtMost(value: f64): u32 {
  const rounded = <f32>value;
  return keyOfNumber(rounded) - <u32>(<f64>rounded > value);
}

/** −0 takes the key of +0; no number then has the key 0x7fffffff. */
// @ts-ignore: decorator
@inline
function keyOfNumber(value: f32): u32 {
  return keyFromBits(reinterpret<u32>(value + 0));
}

// @ts-ignore: decorator
@inline
function add(steps: usize, rank: u32, amount: i32): void {
  const p = steps + ((<usize>rank) << 2);
  store<i32>(p, load<i32>(p) + amount);
}
