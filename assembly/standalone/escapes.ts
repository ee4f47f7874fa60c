// Values without a symbol of their own, at the end of a chunk: docs/format.md, section 2.2.

import { check, error } from "./error";
import { SymbolSet } from "./symbol-set";

/** Plain bits, most significant first; the next one, and how many there are. */
let bytes: usize = 0;
let byteLength: u64 = 0;
let next: u64 = 0;
/** Of each value. */
let width: u32 = 0;

export function openEscapes(set: SymbolSet, escapes: usize, length: usize): void {
  bytes = escapes;
  byteLength = length;
  next = 0;
  width = set.escapedCount ? 32 - clz(set.escapedCount - 1) : 0;
}

/** Puts the weights of escaped values where the symbol is the escape, which is the one after the last value. */
export function putEscapes(set: SymbolSet, symbols: usize, n: u32, scale: f32, floats: usize): void {
  // The second symbol of an alphabet that needs but one is an escape to no value.
  if (set.valueCount >= set.alphabet) return;
  const escape = i8x16.splat(<i8>set.valueCount);
  for (let i: u32 = 0; i < n; i += 16) {
    if (!v128.any_true(i8x16.eq(v128.load(symbols + i), escape))) continue;
    for (let k = i; k < min(i + 16, n); k++) {
      if (load<u8>(symbols + k) != set.valueCount) continue;
      const value = nextEscape(set);
      if (error) return;
      store<f32>(floats + 4 * k, set.floatOf(value, scale));
    }
  }
}

/** E_CORRUPT unless all bytes were needed. */
export function checkEscapes(): void {
  check((next + 7) >> 3 == byteLength);
}

function nextEscape(set: SymbolSet): i32 {
  let rank: u32 = 0;
  check(next + width <= 8 * byteLength);
  if (error) return 0;
  for (const end = next + width; next < end; next++) {
    rank = (rank << 1) | ((load<u8>(bytes + <usize>(next >> 3)) >> (7 - ((<u32>next) & 7))) & 1);
  }
  check(rank < set.escapedCount);
  return error ? 0 : load<i32>(set.escaped + 4 * rank);
}
