// rank(key) = the number of ascending u32 thresholds ≤ key, by one load, one add and one shift.
//
// A key is split into a bucket (high bits) and `shift` low bits. Where at most one threshold T lies strictly inside a
// bucket, its entry is chosen so that
//
//   (entry + key) >>> shift = rank(key)
//
// The high part of the entry cancels the bucket and leaves the rank at the bucket's start; the low part, 2^shift − low
// bits of T, carries exactly when key ≥ T.

/** The widest buckets: a table of 4096 entries, 16 KiB. */
// @ts-ignore: decorator
@inline
const WIDEST: i32 = 20;

/** The narrowest: 1M entries, 4 MiB. Thresholds closer than 2^12 keys are searched instead. */
// @ts-ignore: decorator
@inline
const NARROWEST: i32 = 12;

/**
 * The widest bucket, in bits, that no two of n ascending thresholds lie strictly inside; 0 when there is none from 20 down
 * to 12 bits. The table then has 2^(32 − shift) entries.
 */
export function fusedShift(thresholds: usize, n: i32): i32 {
  let shift = WIDEST;
  // A rank, at most n, has 32 − shift bits.
  while (<u64>n >= (<u64>1) << (32 - shift)) shift--;
  for (let i = 1; i < n; i++) {
    const a = load<u32>(thresholds + ((<usize>i - 1) << 2));
    const b = load<u32>(thresholds + ((<usize>i) << 2));
    while (shift >= NARROWEST && a >>> shift == b >>> shift && (a & ((1 << shift) - 1)) != 0) shift--;
  }
  return shift >= NARROWEST ? shift : 0;
}

/** Fills the table u32[2^(32 − shift)] for a shift that `fusedShift` gave. */
export function fillFusedTable(thresholds: usize, n: i32, shift: i32, table: usize): void {
  const buckets: u32 = 1 << (32 - shift);
  const low: u32 = (1 << shift) - 1;
  let rank = 0;
  for (let bucket: u32 = 0; bucket < buckets; bucket++) {
    const start = bucket << shift;
    while (rank < n && load<u32>(thresholds + ((<usize>rank) << 2)) <= start) rank++;
    let entry = (<u32>rank - bucket) << shift;
    if (rank < n) {
      const threshold = load<u32>(thresholds + ((<usize>rank) << 2));
      if (threshold >>> shift == bucket) entry += low + 1 - (threshold & low);
    }
    store<u32>(table + ((<usize>bucket) << 2), entry);
  }
}

/** Four ranks. Fastest with a literal shift. */
// @ts-ignore: decorator
@inline
export function fusedRank4(table: usize, keys: v128, shift: i32): v128 {
  const offsets = i32x4.shl(i32x4.shr_u(keys, shift), 2);
  let entries = v128.load32_zero(table + <usize>i32x4.extract_lane(offsets, 0));
  entries = v128.load_lane<u32>(table + <usize>i32x4.extract_lane(offsets, 1), entries, 1);
  entries = v128.load_lane<u32>(table + <usize>i32x4.extract_lane(offsets, 2), entries, 2);
  entries = v128.load_lane<u32>(table + <usize>i32x4.extract_lane(offsets, 3), entries, 3);
  return i32x4.shr_u(i32x4.add(entries, keys), shift);
}

// @ts-ignore: decorator
@inline
export function fusedRank(table: usize, key: u32, shift: i32): u32 {
  return (load<u32>(table + ((<usize>(key >>> shift)) << 2)) + key) >>> shift;
}

/** The rank by binary search without branches. */
export function searchRank(thresholds: usize, n: i32, key: u32): u32 {
  if (n == 0) return 0;
  let base = thresholds;
  let length = n;
  while (length > 1) {
    const half = length >> 1;
    base = select<usize>(base + ((<usize>half) << 2), base, load<u32>(base + ((<usize>half) << 2)) <= key);
    length -= half;
  }
  return <u32>((base - thresholds) >> 2) + <u32>(load<u32>(base) <= key);
}
