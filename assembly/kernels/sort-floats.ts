import { bitsFromKey, keyFromBits } from "../shared/float-key";

// @ts-ignore: decorator
@inline
const RADIX: i32 = 2048;

/** The key of the canonical NaN, 0x7fc00000. */
// @ts-ignore: decorator
@inline
const NAN_KEY: u32 = 0xffc00000;

/**
 * Radix sort in three passes of 11 bits over order-preserving keys. The sorted floats end in `sorted`; `values` is
 * scratch afterwards.
 *
 * @param values  f32[n]
 * @param sorted  f32[n]
 * @param offsets u32[3 × 2048], scratch
 */
export function sortFloats(values: usize, n: i32, sorted: usize, offsets: usize): void {
  const low = offsets;
  const middle = offsets + (RADIX << 2);
  const high = offsets + (RADIX << 3);
  memory.fill(offsets, 0, 3 * RADIX * 4);
  for (let i = 0; i < n; i++) {
    const p = values + ((<usize>i) << 2);
    const value = load<f32>(p);
    const key = value == value ? keyFromBits(load<u32>(p)) : NAN_KEY;
    store<u32>(p, key);
    increment(low, key & 2047);
    increment(middle, (key >>> 11) & 2047);
    increment(high, key >>> 22);
  }
  toOffsets(low);
  toOffsets(middle);
  toOffsets(high);
  for (let i = 0; i < n; i++) {
    const key = load<u32>(values + ((<usize>i) << 2));
    store<u32>(sorted + (take(low, key & 2047) << 2), key);
  }
  for (let i = 0; i < n; i++) {
    const key = load<u32>(sorted + ((<usize>i) << 2));
    store<u32>(values + (take(middle, (key >>> 11) & 2047) << 2), key);
  }
  for (let i = 0; i < n; i++) {
    const key = load<u32>(values + ((<usize>i) << 2));
    store<u32>(sorted + (take(high, key >>> 22) << 2), bitsFromKey(key));
  }
}

// @ts-ignore: decorator
@inline
function increment(counts: usize, digit: u32): void {
  const p = counts + ((<usize>digit) << 2);
  store<u32>(p, load<u32>(p) + 1);
}

/** The next free place of a digit. */
// @ts-ignore: decorator
@inline
function take(offsets: usize, digit: u32): usize {
  const p = offsets + ((<usize>digit) << 2);
  const place = load<u32>(p);
  store<u32>(p, place + 1);
  return <usize>place;
}

/** Counts → exclusive prefix sums, in place. */
function toOffsets(counts: usize): void {
  let sum: u32 = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const p = counts + ((<usize>digit) << 2);
    const count = load<u32>(p);
    store<u32>(p, sum);
    sum += count;
  }
}
