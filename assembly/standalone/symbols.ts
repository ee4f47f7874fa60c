import { decodeRans } from "../kernels/rans-decode";
import { check, error } from "./error";
import { take } from "./memory";

/** The states of a stream, which the kernel changes: a file stays as it is. */
const STATES = memory.data(128, 16);

/** Sixteen lanes at a time for SIMD, few for short streams, because each costs two bytes. Part of the format. */
export function lanesFor(symbolCount: u32): u32 {
  return symbolCount >= 131072 ? 32 : symbolCount >= 65536 ? 16 : symbolCount >= 4096 ? 4 : 1;
}

/**
 * Decodes an rANS stream: docs/format.md, sections 2.5 and 2.6.
 *
 * @param frequencies u16[rows × alphabet]
 * @param classes     rows, or half of them if there are two banks
 * @param contexts    u8[n], the class of each symbol
 * @param parts       u32[partCount × 2]: symbols and period of each part
 * @param pathLength  symbols and period of the part for which they are most
 * @returns u8[n]; 0 and E_CORRUPT when the stream does not end with the last symbol
 */
export function decodeSymbols(
  stream: usize,
  length: usize,
  n: u32,
  frequencies: usize,
  rows: u32,
  classes: u32,
  alphabet: u32,
  contexts: usize,
  parts: usize,
  partCount: u32,
  pathLength: u64,
): usize {
  const lanes = lanesFor(n);
  const tables = take(16384 * rows);
  const path = take(pathLength);
  const symbols = take(n);
  check(length >= 4 * lanes);
  if (error) return 0;
  memory.copy(STATES, stream, 4 * lanes);
  check(
    decodeRans(
      stream,
      length,
      frequencies,
      rows,
      classes,
      alphabet,
      contexts,
      parts,
      partCount,
      lanes,
      tables,
      path,
      symbols,
    ),
  );
  memory.copy(stream, STATES, 4 * lanes);
  return symbols;
}
