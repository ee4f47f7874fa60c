import { MAGNITUDE_BASE, MAGNITUDE_BUCKETS } from "../shared/magnitude";

/** Adds the histogram of n magnitudes to counts u32[65536]. */
export function countMagnitudes(weights: usize, n: i32, counts: usize): void {
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const p = weights + ((<usize>i) << 2);
    const a = bucketOffsets(v128.load(p));
    const b = bucketOffsets(v128.load(p, 16));
    increment(counts + i32x4.extract_lane(a, 0));
    increment(counts + i32x4.extract_lane(a, 1));
    increment(counts + i32x4.extract_lane(a, 2));
    increment(counts + i32x4.extract_lane(a, 3));
    increment(counts + i32x4.extract_lane(b, 0));
    increment(counts + i32x4.extract_lane(b, 1));
    increment(counts + i32x4.extract_lane(b, 2));
    increment(counts + i32x4.extract_lane(b, 3));
  }
  for (; i < n; i++) {
    const bucket = <i32>((load<u32>(weights + ((<usize>i) << 2)) & 0x7fffffff) >>> 12) - MAGNITUDE_BASE;
    increment(counts + ((<usize>min(max(bucket, 0), MAGNITUDE_BUCKETS - 1)) << 2));
  }
}

/** Byte offsets of four counters. */
// @ts-ignore: decorator
@inline
function bucketOffsets(weights: v128): v128 {
  const magnitude = i32x4.shr_u(v128.and(weights, i32x4.splat(0x7fffffff)), 12);
  const bucket = i32x4.sub(magnitude, i32x4.splat(MAGNITUDE_BASE));
  const clamped = i32x4.min_s(i32x4.max_s(bucket, i32x4.splat(0)), i32x4.splat(MAGNITUDE_BUCKETS - 1));
  return i32x4.shl(clamped, 2);
}

// @ts-ignore: decorator
@inline
function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}
