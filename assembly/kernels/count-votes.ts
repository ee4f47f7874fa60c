import { keyFromBits, keyFromBits4 } from "../shared/float-key";
import { fusedRank, fusedRank4, searchRank } from "../shared/fused-table";

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
  // Two weights at once, as float64 pairs: low ends in lanes 0 and 1 of the keys, high ends in lanes 2 and 3.
  const delta2 = f64x2.splat(delta);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    const mean = f64x2.promote_low_f32x4(v128.load64_zero(means + ((<usize>i) << 2)));
    const reach = f64x2.mul(delta2, f64x2.promote_low_f32x4(v128.load64_zero(sigmas + ((<usize>i) << 2))));
    const low = f64x2.sub(mean, reach);
    const high = f64x2.add(mean, reach);
    const low32 = f32x4.demote_f64x2_zero(low);
    const high32 = f32x4.demote_f64x2_zero(high);
    // −1 where rounding went too far, as in keyBelow and keyAtMost.
    const lowStep = f64x2.ge(f64x2.promote_low_f32x4(low32), low);
    const highStep = f64x2.gt(f64x2.promote_low_f32x4(high32), high);
    const ends = f32x4.add(v128.shuffle<i64>(low32, high32, 0, 2), f32x4.splat(0));
    const step = v128.shuffle<i32>(lowStep, highStep, 0, 2, 4, 6);
    const isNumber = f64x2.le(low, high);
    // Without a number both ends take rank 0 and cancel.
    const keys = v128.and(i32x4.add(keyFromBits4(ends), step), v128.shuffle<i32>(isNumber, isNumber, 0, 2, 0, 2));
    const ranks = fusedRank4(table, keys, shift);
    add(steps, i32x4.extract_lane(ranks, 0), 1);
    add(steps, i32x4.extract_lane(ranks, 1), 1);
    add(steps, i32x4.extract_lane(ranks, 2), -1);
    add(steps, i32x4.extract_lane(ranks, 3), -1);
  }
  if (i == n) return;
  const mean = <f64>load<f32>(means + ((<usize>i) << 2));
  const reach = delta * <f64>load<f32>(sigmas + ((<usize>i) << 2));
  if (!(mean - reach <= mean + reach)) return;
  add(steps, fusedRank(table, keyBelow(mean - reach), shift), 1);
  add(steps, fusedRank(table, keyAtMost(mean + reach), shift), -1);
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
