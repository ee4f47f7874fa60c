// A chunk of levels or codes, from its stream to weights in the ONNX file: docs/format.md, section 2.4, CODED. Specification:
// src/codec/chunk-decoder.ts and chunk-weights.ts.

import { lookUpFloats } from "../kernels/look-up-floats";
import { chunkCount, chunkStart, endHole, firstHole } from "./chunks";
import { fillHoleClasses } from "./classes";
import { error } from "./error";
import { checkEscapes, openEscapes, putEscapes } from "./escapes";
import { writeFloats } from "./floats";
import { Hole, holeAt, INLINE } from "./hole";
import { take } from "./memory";
import { SymbolSet } from "./symbol-set";
import { decodeSymbols } from "./symbols";

/** Weights that are made at a time: they stay in the cache until they are copied. */
const BLOCK: u32 = 16384;

/** f32[256], the weight of each symbol; f32[BLOCK] */
let table: usize = 0;
let floats: usize = 0;

/**
 * Decodes the chunk at hand.
 *
 * @param stream       the chunk
 * @param escapes      where its escapes begin
 * @param escapeLength bytes of them
 */
export function decodeCoded(stream: usize, escapes: usize, escapeLength: usize): void {
  const set = holeAt(firstHole).symbols;
  const symbols = decodeParts(stream, escapes - stream, set);
  table = take(1024);
  floats = take(4 * BLOCK);
  if (error) return;
  openEscapes(set, escapes, escapeLength);
  let at = symbols;
  for (let i = firstHole; i < endHole && !error; i++) {
    const hole = holeAt(i);
    if (hole.mode == INLINE) continue;
    writePart(hole, at);
    at += partCount(hole);
  }
  checkEscapes();
}

/** Symbols of all parts. */
function decodeParts(stream: usize, length: usize, set: SymbolSet): usize {
  const contexts = take(chunkCount);
  const parts = take(8 * (endHole - firstHole));
  if (error) return 0;
  let filled = contexts;
  let next = parts;
  let longest: u32 = 0;
  for (let i = firstHole; i < endHole; i++) {
    const hole = holeAt(i);
    if (hole.mode == INLINE) continue;
    const n = partCount(hole);
    fillHoleClasses(hole, chunkStart, n, set.classes - 1, filled);
    store<u32>(next, n);
    store<u32>(next, hole.period, 4);
    if (hole.period) longest = max(longest, n + hole.period);
    filled += n;
    next += 8;
  }
  return decodeSymbols(
    stream,
    length,
    chunkCount,
    set.frequencies,
    set.rows,
    set.classes,
    set.alphabet,
    contexts,
    parts,
    (<u32>(next - parts)) >> 3,
    longest,
  );
}

/** Elements of a hole in the chunk. */
function partCount(hole: Hole): u32 {
  return <u32>min<u64>(chunkCount, hole.elementCount - chunkStart);
}

/** The weights of a hole's elements in the chunk. */
function writePart(hole: Hole, symbols: usize): void {
  const set = hole.symbols;
  // A single scale is in the table already; float32 products are the same.
  const factor = hole.scaleCount == 1 ? load<f32>(hole.scales) : 1;
  for (let i: u32 = 0; i < set.valueCount; i++) {
    store<f32>(table + 4 * i, set.floatOf(load<i32>(set.values + 4 * i), factor));
  }
  const end = chunkStart + partCount(hole);
  for (let from = chunkStart; from < end && !error; from += BLOCK) {
    const n = <u32>min<u64>(BLOCK, end - from);
    lookUpFloats(symbols, n, table, floats);
    putEscapes(set, symbols, n, factor, floats);
    if (hole.scaleCount > 1) scaleRuns(hole, from, n);
    writeFloats(hole.dataType, floats, n, hole.target + <usize>(from * hole.stride));
    symbols += n;
  }
}

/** Multiplies elements from `start` on by the scales of their indices along the axis. */
function scaleRuns(hole: Hole, start: u64, n: u32): void {
  let index = <u32>((start / hole.inner) % hole.scaleCount);
  let rest = hole.inner - (start % hole.inner);
  const end = floats + 4 * n;
  for (let at = floats; at < end;) {
    const scale = load<f32>(hole.scales + 4 * index);
    const stop = at + 4 * <usize>min<u64>(rest, (end - at) >> 2);
    for (; at + 16 <= stop; at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(scale)));
    for (; at < stop; at += 4) store<f32>(at, load<f32>(at) * scale);
    rest = hole.inner;
    if (++index == hole.scaleCount) index = 0;
  }
}
