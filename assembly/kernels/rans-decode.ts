// Interleaved static rANS, decoding. Specification: src/kernels/rans.ts, src/kernels/trellis.ts and src/kernels/reference/rans.ts.

import { FED_BY_BANK, FED_BY_PARITY } from "../shared/trellis";

/** Bytes of one context's table: 4096 entries, one for each value of a state's low 12 bits. */
const TABLE_SHIFT: i32 = 14;
/**
 * Sixteen shuffles of the next words, by which lanes (bit k: lane k) take one. The j-th of them gets the two bytes of word j,
 * and zeros above; the others get zeros.
 */
const REFILLS = memory.data(256, 16);
/** u32[4], scratch: four lanes go through memory faster than through `extract_lane`. */
const OFFSETS = memory.data(16, 16);

/** Of a lane, at the beginning of an encoder's work and at the end of a decoder's. */
const LOW: u32 = 0x10000;

/**
 * Decodes symbols; symbol i by row `contexts[i]` of the frequencies, plus `classes` rows where the state of its trellis has
 * bank 1, which also adds the alphabet to the symbol. Reads up to 8 bytes beyond the stream and 15 beyond the contexts, writes
 * up to 15 beyond the symbols.
 *
 * @param stream      u32[lanes], u16[]; its states are changed
 * @param frequencies u16[rows × alphabet]
 * @param classes     rows that the contexts tell apart; there are as many again if there is a trellis
 * @param parts       u32[partCount × 2]: symbols and period of each part, 0 without trellis
 * @param lanes       1, 4, or a multiple of 16; a power of two
 * @param tables      16384 · rows + 12 bytes of any content
 * @param path        scratch: symbols and period of the part for which they are most, and 15 bytes
 * @returns whether the stream ends just with the last symbol, and every row of the frequencies adds up to 4096
 */
export function decodeRans(
  stream: usize,
  length: usize,
  frequencies: usize,
  rows: i32,
  classes: i32,
  alphabet: i32,
  contexts: usize,
  parts: usize,
  partCount: i32,
  lanes: i32,
  tables: usize,
  path: usize,
  symbols: usize,
): bool {
  if (length < (<usize>lanes) << 2 || (length & 1) == 1) return false;
  fillRefills();
  if (!buildTables(frequencies, alphabet, rows, classes, tables)) return false;
  const end = stream + length;
  let words = stream + ((<usize>lanes) << 2);
  let lane = 0;
  for (; partCount > 0; partCount--, parts += 8) {
    const n = load<i32>(parts);
    const period = load<i32>(parts, 4);
    if (period) memory.fill(path, 0, min(n, period));
    for (let i = 0; i < n;) {
      // Groups of sixteen begin with lane 0.
      const lead = lanes < 16 ? n : -(lane + i) & 15;
      const left = n - i;
      const at = path + <usize>i;
      if (lead == 0 && left >= 16) {
        const whole = left & ~15;
        words = decode16(words, end, whole, contexts, classes, tables, stream, lane + i, lanes, at, period, symbols);
        i += whole;
        contexts += whole;
        symbols += whole;
      } else {
        const few = min(left, lead || left);
        words = decodeScalar(words, end, few, contexts, classes, tables, stream, lane + i, lanes, at, period, symbols);
        i += few;
        contexts += few;
        symbols += few;
      }
      if (words == 0) return false;
    }
    lane = (lane + n) & (lanes - 1);
  }
  for (let state = stream; state < stream + ((<usize>lanes) << 2); state += 4)
    if (load<u32>(state) != LOW) return false;
  return words == end;
}

/**
 * Fills one table per row. An entry tells what a state does next:
 *
 *   31 ....... 20 19 ........ 8 7 ........ 0
 *   slot − start    frequency     symbol
 *
 * `tables` must have room for 12 bytes more: runs are written four entries at a time, in ascending order.
 *
 * @returns whether the frequencies of each row add up to 4096
 */
function buildTables(frequencies: usize, alphabet: i32, rows: i32, classes: i32, tables: usize): bool {
  const step = i32x4.splat(4 << 20);
  for (let row = 0; row < rows; row++) {
    const first = row < classes ? 0 : alphabet;
    let at = tables + ((<usize>row) << TABLE_SHIFT);
    const end = at + (1 << TABLE_SHIFT);
    for (let symbol = 0; symbol < alphabet; symbol++) {
      const frequency = <i32>load<u16>(frequencies);
      frequencies += 2;
      const stop = at + ((<usize>frequency) << 2);
      if (stop > end) return false;
      let entries = i32x4.add(i32x4.splat((frequency << 8) | (first + symbol)), i32x4(0, 1 << 20, 2 << 20, 3 << 20));
      for (let p = at; p < stop; p += 16) {
        v128.store(p, entries);
        entries = i32x4.add(entries, step);
      }
      at = stop;
    }
    if (at != end) return false;
  }
  return true;
}

/**
 * Decodes whole groups of 16 symbols, lane by lane from left to right; `n` must be a multiple of 16. Reads up to 8 bytes
 * beyond `end`, which must be readable.
 *
 * @param states u32[lanes], in and out
 * @param first  the lane of the first symbol, a multiple of 16
 * @param lanes  at least 16: with 32, a processor works on one half while it waits for the tables of the other
 * @param path   u8[]: the states of a trellis; those after a symbol are written `period` farther on
 * @returns where the next word is, or 0 when the words ended too early
 */
function decode16(
  words: usize,
  end: usize,
  n: i32,
  contexts: usize,
  classes: i32,
  tables: usize,
  states: usize,
  first: i32,
  lanes: i32,
  path: usize,
  period: usize,
  symbols: usize,
): usize {
  const one = i8x16.splat(1);
  for (let i = 0; i < n; i += 16) {
    const at = states + ((<usize>((first + i) & (lanes - 1))) << 2);
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    let rows = v128.load(contexts + i);
    let trellis = one;
    let bank = one;
    if (period) {
      trellis = v128.load(path + i);
      bank = i8x16.neg(v128.and(trellis, one));
      rows = i8x16.add(rows, v128.and(bank, i8x16.splat(<i8>classes)));
    }
    const low = i16x8.extend_low_i8x16_u(rows);
    const high = i16x8.extend_high_i8x16_u(rows);
    const entryA = lookUp(a, i32x4.extend_low_i16x8_u(low), tables);
    const entryB = lookUp(b, i32x4.extend_high_i16x8_u(low), tables);
    const entryC = lookUp(c, i32x4.extend_low_i16x8_u(high), tables);
    const entryD = lookUp(d, i32x4.extend_high_i16x8_u(high), tables);
    a = advance(a, entryA);
    let mask = lowLanes(a);
    let bits = i32x4.bitmask(mask);
    a = refill(a, mask, bits, words);
    words += <usize>(i32.popcnt(bits) << 1);
    b = advance(b, entryB);
    mask = lowLanes(b);
    bits = i32x4.bitmask(mask);
    b = refill(b, mask, bits, words);
    words += <usize>(i32.popcnt(bits) << 1);
    c = advance(c, entryC);
    mask = lowLanes(c);
    bits = i32x4.bitmask(mask);
    c = refill(c, mask, bits, words);
    words += <usize>(i32.popcnt(bits) << 1);
    d = advance(d, entryD);
    mask = lowLanes(d);
    bits = i32x4.bitmask(mask);
    d = refill(d, mask, bits, words);
    words += <usize>(i32.popcnt(bits) << 1);
    if (words > end) return 0;
    const byte = i32x4.splat(255);
    const sixteen = i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(v128.and(entryA, byte), v128.and(entryB, byte)),
      i16x8.narrow_i32x4_s(v128.and(entryC, byte), v128.and(entryD, byte)),
    );
    v128.store(symbols + i, sixteen);
    if (period) {
      const fed = v128.xor(
        v128.and(bank, i8x16.splat(<i8>FED_BY_BANK)),
        v128.and(i8x16.neg(v128.and(sixteen, one)), i8x16.splat(<i8>FED_BY_PARITY)),
      );
      v128.store(path + i + period, v128.xor(i8x16.shr_u(trellis, 1), fed));
    }
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
  }
  return words;
}

/** Any number of lanes (a power of two), any n, from any lane on: for short streams, and for what is left beside whole groups. */
function decodeScalar(
  words: usize,
  end: usize,
  n: i32,
  contexts: usize,
  classes: i32,
  tables: usize,
  states: usize,
  first: i32,
  lanes: i32,
  path: usize,
  period: usize,
  symbols: usize,
): usize {
  for (let i = 0; i < n; i++) {
    const lane = states + ((<usize>((first + i) & (lanes - 1))) << 2);
    let state = load<u32>(lane);
    const trellis = period ? <i32>load<u8>(path + <usize>i) : 0;
    const row = <i32>load<u8>(contexts + <usize>i) + (trellis & 1 ? classes : 0);
    const entry = load<u32>(tables + ((<usize>row) << TABLE_SHIFT) + ((state & 0xfff) << 2));
    store<u8>(symbols + <usize>i, <u8>entry);
    if (period) {
      const fed = (trellis & 1 ? FED_BY_BANK : 0) ^ (entry & 1 ? FED_BY_PARITY : 0);
      store<u8>(path + <usize>i + period, <u8>((trellis >> 1) ^ fed));
    }
    state = ((entry >>> 8) & 0xfff) * (state >>> 12) + (entry >>> 20);
    if (state < LOW) {
      if (words >= end) return 0;
      state = (state << 16) | load<u16>(words);
      words += 2;
    }
    store<u32>(lane, state);
  }
  return words;
}

function fillRefills(): void {
  let at: usize = REFILLS;
  for (let bits = 0; bits < 16; bits++) {
    let control: u32 = 0x80800100;
    for (let lane = 0; lane < 4; lane++, at += 4) {
      const takes = (bits >>> lane) & 1;
      store<u32>(at, takes ? control : 0x80808080);
      control += 0x0202 * takes;
    }
  }
}

/** The table entries of four states. */
// @ts-ignore: decorator
@inline
function lookUp(states: v128, contexts: v128, tables: usize): v128 {
  const offsets = i32x4.add(i32x4.shl(contexts, TABLE_SHIFT), v128.and(i32x4.shl(states, 2), i32x4.splat(0x3ffc)));
  v128.store(OFFSETS, offsets);
  let entries = v128.load32_zero(tables + load<u32>(OFFSETS));
  entries = v128.load32_lane(tables + load<u32>(OFFSETS, 4), entries, 1);
  entries = v128.load32_lane(tables + load<u32>(OFFSETS, 8), entries, 2);
  return v128.load32_lane(tables + load<u32>(OFFSETS, 12), entries, 3);
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

/** Low lanes take a word each, from left to right; `bits` is their bitmask. */
// @ts-ignore: decorator
@inline
function refill(states: v128, mask: v128, bits: i32, words: usize): v128 {
  const taken = i8x16.swizzle(v128.load64_zero(words), v128.load(REFILLS + ((<usize>bits) << 4)));
  return v128.bitselect(v128.or(i32x4.shl(states, 16), taken), states, mask);
}
