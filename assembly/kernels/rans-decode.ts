// Interleaved static rANS, decoding. Specification: src/kernels/rans.ts and src/kernels/reference/rans.ts.

/** Bytes of one context's table: 4096 entries, one for each value of a state's low 12 bits. */
const TABLE_SHIFT: i32 = 14;

/**
 * Fills one table per context. An entry tells what a state does next:
 *
 *   31 ....... 20 19 ........ 8 7 ........ 0
 *   slot − start    frequency     symbol
 *
 * `tables` must have room for 12 bytes more: runs are written four entries at a time, in ascending order.
 *
 * @returns 0, or 1 when the frequencies of some context do not add up to 4096
 */
export function buildRansTables(frequencies: usize, alphabet: i32, contexts: i32, tables: usize): i32 {
  const step = i32x4.splat(4 << 20);
  for (let context = 0; context < contexts; context++) {
    let at = tables + ((<usize>context) << TABLE_SHIFT);
    const end = at + (1 << TABLE_SHIFT);
    for (let symbol = 0; symbol < alphabet; symbol++) {
      const frequency = <i32>load<u16>(frequencies);
      frequencies += 2;
      const stop = at + ((<usize>frequency) << 2);
      if (stop > end) return 1;
      let entries = i32x4.add(i32x4.splat((frequency << 8) | symbol), i32x4(0, 1 << 20, 2 << 20, 3 << 20));
      for (let p = at; p < stop; p += 16) {
        v128.store(p, entries);
        entries = i32x4.add(entries, step);
      }
      at = stop;
    }
    if (at != end) return 1;
  }
  return 0;
}

/**
 * Decodes whole groups of 16 symbols, lane by lane from left to right; `n` must be a multiple of 16. Reads up to 8 bytes
 * beyond `end`, which must be readable.
 *
 * @param states u32[16], in and out
 * @returns where the next word is, or 0 when the words ended too early
 */
export function decodeRans16(
  words: usize,
  end: usize,
  n: i32,
  contexts: usize,
  tables: usize,
  states: usize,
  symbols: usize,
): usize {
  let a = v128.load(states);
  let b = v128.load(states, 16);
  let c = v128.load(states, 32);
  let d = v128.load(states, 48);
  for (let i = 0; i < n; i += 16) {
    const rows = v128.load(contexts + i);
    const low = i16x8.extend_low_i8x16_u(rows);
    const high = i16x8.extend_high_i8x16_u(rows);
    const entryA = lookUp(a, i32x4.extend_low_i16x8_u(low), tables);
    const entryB = lookUp(b, i32x4.extend_high_i16x8_u(low), tables);
    const entryC = lookUp(c, i32x4.extend_low_i16x8_u(high), tables);
    const entryD = lookUp(d, i32x4.extend_high_i16x8_u(high), tables);
    a = advance(a, entryA);
    let mask = lowLanes(a);
    a = refill(a, mask, words);
    words += <usize>(i32.popcnt(i32x4.bitmask(mask)) << 1);
    b = advance(b, entryB);
    mask = lowLanes(b);
    b = refill(b, mask, words);
    words += <usize>(i32.popcnt(i32x4.bitmask(mask)) << 1);
    c = advance(c, entryC);
    mask = lowLanes(c);
    c = refill(c, mask, words);
    words += <usize>(i32.popcnt(i32x4.bitmask(mask)) << 1);
    d = advance(d, entryD);
    mask = lowLanes(d);
    d = refill(d, mask, words);
    words += <usize>(i32.popcnt(i32x4.bitmask(mask)) << 1);
    if (words > end) return 0;
    const byte = i32x4.splat(255);
    v128.store(
      symbols + i,
      i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(v128.and(entryA, byte), v128.and(entryB, byte)),
        i16x8.narrow_i32x4_s(v128.and(entryC, byte), v128.and(entryD, byte)),
      ),
    );
  }
  v128.store(states, a);
  v128.store(states, b, 16);
  v128.store(states, c, 32);
  v128.store(states, d, 48);
  return words;
}

/** Any number of lanes (a power of two), any n: for short streams, and for what is left after whole groups. */
export function decodeRansScalar(
  words: usize,
  end: usize,
  n: i32,
  contexts: usize,
  tables: usize,
  states: usize,
  symbols: usize,
  lanes: i32,
): usize {
  for (let i = 0; i < n; i++) {
    const lane = states + ((<usize>(i & (lanes - 1))) << 2);
    let state = load<u32>(lane);
    const entry = load<u32>(tables + ((<usize>load<u8>(contexts + i)) << TABLE_SHIFT) + ((state & 0xfff) << 2));
    store<u8>(symbols + i, <u8>entry);
    state = ((entry >>> 8) & 0xfff) * (state >>> 12) + (entry >>> 20);
    if (state < 0x10000) {
      if (words >= end) return 0;
      state = (state << 16) | load<u16>(words);
      words += 2;
    }
    store<u32>(lane, state);
  }
  return words;
}

/** The table entries of four states. */
// @ts-ignore: decorator
@inline
function lookUp(states: v128, contexts: v128, tables: usize): v128 {
  const offsets = i32x4.add(i32x4.shl(contexts, TABLE_SHIFT), v128.and(i32x4.shl(states, 2), i32x4.splat(0x3ffc)));
  let entries = v128.load32_zero(tables + <usize>i32x4.extract_lane(offsets, 0));
  entries = v128.load32_lane(tables + <usize>i32x4.extract_lane(offsets, 1), entries, 1);
  entries = v128.load32_lane(tables + <usize>i32x4.extract_lane(offsets, 2), entries, 2);
  return v128.load32_lane(tables + <usize>i32x4.extract_lane(offsets, 3), entries, 3);
}

// @ts-ignore: decorator
@inline
function advance(states: v128, entries: v128): v128 {
  const frequencies = v128.and(i32x4.shr_u(entries, 8), i32x4.splat(0xfff));
  return i32x4.add(i32x4.mul(frequencies, i32x4.shr_u(states, 12)), i32x4.shr_u(entries, 20));
}

/** The lanes below 2^16. */
// @ts-ignore: decorator
@inline
function lowLanes(states: v128): v128 {
  return i32x4.eq(i32x4.shr_u(states, 16), i32x4.splat(0));
}

/** Low lanes take a word each, from left to right. */
// @ts-ignore: decorator
@inline
function refill(states: v128, mask: v128, words: usize): v128 {
  // Lane k takes word number (low lanes before k): bytes 2j and 2j + 1 of the next eight, and two zero bytes.
  //   ranks = exclusive prefix sum of the mask; shuffle control = 0x80800100 + ranks · 0x0202
  const ones = i32x4.neg(mask);
  const pairs = i32x4.add(ones, shiftLanes(ones, 1));
  const ranks = i32x4.sub(i32x4.add(pairs, shiftLanes(pairs, 2)), ones);
  const control = i32x4.add(i32x4.mul(ranks, i32x4.splat(0x0202)), i32x4.splat(<i32>0x80800100));
  const taken = i8x16.swizzle(v128.load64_zero(words), control);
  return v128.bitselect(v128.or(i32x4.shl(states, 16), taken), states, mask);
}

/** Moves lanes up by 1 or 2; zeros come in. */
// @ts-ignore: decorator
@inline
function shiftLanes(x: v128, by: i32): v128 {
  const zero = i32x4.splat(0);
  return by == 1 ? v128.shuffle<i32>(zero, x, 0, 4, 5, 6) : v128.shuffle<i32>(zero, x, 0, 1, 4, 5);
}
