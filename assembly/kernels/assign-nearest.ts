import { keyFromBits, keyOrLast, keyOrLast4 } from "../shared/float-key";
import { fusedRank, fusedRank4, searchRank } from "../shared/fused-table";

/**
 * Writes the k − 1 thresholds of k ascending centroids: thresholds[i] is the smallest key that is nearer to centroid
 * i + 1 than to centroid i. The code of a weight is then the rank of its key.
 */
export function nearestThresholds(centroids: usize, k: i32, thresholds: usize): void {
  for (let i = 0; i + 1 < k; i++) {
    const a = <f64>load<f32>(centroids + ((<usize>i) << 2));
    const b = <f64>load<f32>(centroids + ((<usize>i) << 2), 4);
    // Knuth's TwoSum: a + b = sum + error without loss. The error matters only when the sum itself is a float32.
    const sum = a + b;
    const shadow = sum - a;
    const error = a - (sum - shadow) + (b - shadow);
    const middle = sum / 2;
    const rounded = <f32>middle;
    const isNearerBelow = <f64>rounded < middle || (<f64>rounded == middle && error >= 0);
    let key = keyFromBits(reinterpret<u32>(rounded));
    // Both zeros are one number: the last key of zero is that of +0, the first that of −0.
    if (rounded == 0) key = isNearerBelow ? 0x80000000 : 0x7fffffff;
    store<u32>(thresholds + ((<usize>i) << 2), key + <u32>isNearerBelow);
  }
}

/** codes[i] = rank of weights[i] in the fused table. A NaN takes the last code. */
export function assignNearest(weights: usize, n: i32, table: usize, shift: i32, codes: usize): void {
  // A literal shift is worth 18 % here.
  if (shift == 20) assignWithShift(weights, n, table, 20, codes);
  else if (shift == 19) assignWithShift(weights, n, table, 19, codes);
  else if (shift == 18) assignWithShift(weights, n, table, 18, codes);
  else if (shift == 17) assignWithShift(weights, n, table, 17, codes);
  else if (shift == 16) assignWithShift(weights, n, table, 16, codes);
  else if (shift == 15) assignWithShift(weights, n, table, 15, codes);
  else if (shift == 14) assignWithShift(weights, n, table, 14, codes);
  else if (shift == 13) assignWithShift(weights, n, table, 13, codes);
  else assignWithShift(weights, n, table, 12, codes);
}

/** The same by binary search among the thresholds. */
export function assignNearestBySearch(weights: usize, n: i32, thresholds: usize, count: i32, codes: usize): void {
  for (let i = 0; i < n; i++) {
    const key = keyOrLast(load<f32>(weights + ((<usize>i) << 2)));
    store<u16>(codes + ((<usize>i) << 1), searchRank(thresholds, count, key));
  }
}

// @ts-ignore: decorator
@inline
function assignWithShift(weights: usize, n: i32, table: usize, shift: i32, codes: usize): void {
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const from = weights + ((<usize>i) << 2);
    const to = codes + ((<usize>i) << 1);
    const a = fusedRank4(table, keyOrLast4(v128.load(from)), shift);
    const b = fusedRank4(table, keyOrLast4(v128.load(from, 16)), shift);
    const c = fusedRank4(table, keyOrLast4(v128.load(from, 32)), shift);
    const d = fusedRank4(table, keyOrLast4(v128.load(from, 48)), shift);
    v128.store(to, i16x8.narrow_i32x4_u(a, b));
    v128.store(to, i16x8.narrow_i32x4_u(c, d), 16);
  }
  for (; i < n; i++) {
    const key = keyOrLast(load<f32>(weights + ((<usize>i) << 2)));
    store<u16>(codes + ((<usize>i) << 1), fusedRank(table, key, shift));
  }
}
