import { DataType } from '../core/index.js';
import { cropTo, eachSymbol, gatherLevels, type SpellLevels, symbolBits } from './spell-levels.js';
import type { Symbols } from './spell-symbols.js';

/** How the bytes of a plane, and the shifts that take them apart, broadcast to [2, 4, N]. */
const PLANES = [
  { width: 4, bytes: (n: number) => [1, 4, n], shifts: [2, 1, 1] },
  { width: 2, bytes: (n: number) => [2, 1, n], shifts: [1, 4, 1] },
  { width: 1, bytes: (n: number) => [1, 1, n], shifts: [2, 4, 1] },
] as const;

/**
 * Symbols of 1 to 7 bits, exactly that many a weight: a plane of 4, 2 and 1 bits each, as the width has them. The 8N
 * symbols stand in an array [2, 4, N], row-major. A field is taken out of its byte by two shifts (BitShift is of opset
 * 11, BitwiseAnd only of 18):
 *
 *     byte   f3 f2 f1 f0     four fields of 2 bits
 *     LEFT   f1 f0 ·  ·      by 8 − 2 (1 + 1)
 *     RIGHT  ·  ·  ·  f1     by 8 − 2
 */
export const spellPacked: SpellLevels = (draft, task) => {
  const { symbols, opset } = task;
  const bits = symbolBits(symbols);
  if (bits > 7 || opset < 11) return null;
  const n = Math.ceil(symbols.codes.length / 8);
  let index: string | null = null;
  let low = 0;
  for (const plane of PLANES) {
    const { width } = plane;
    if (!(bits & width)) continue;
    const start = low;
    const bytes = draft.data(DataType.UINT8, plane.bytes(n), () => packPlane(symbols, n, width, start));
    const fields = Array.from({ length: 8 / width }, (_, field) => 8 - width * (field + 1));
    const top = draft.shift(bytes, draft.bytes(DataType.UINT8, plane.shifts, fields), 'LEFT');
    const field = draft.shift(top, draft.bytes(DataType.UINT8, [], [8 - width]), 'RIGHT');
    const part = draft.cast(field, DataType.INT32);
    index = index ? draft.op('Add', [index, draft.op('Mul', [part, draft.int32(1 << start)])]) : part;
    low += width;
  }
  return cropTo(draft, task, gatherLevels(draft, symbols, index!), 8 * n);
};

/** Bits [start, start + width) of every symbol; element (a, b, j) of [2, 4, N] is number (4a + b) N + j. */
function packPlane(symbols: Symbols, n: number, width: 1 | 2 | 4, start: number): Uint8Array {
  const bytes = new Uint8Array(width * n);
  const mask = (1 << width) - 1;
  eachSymbol(symbols, (symbol, i) => {
    const row = Math.floor(i / n);
    const [a, b] = [row >> 2, row & 3];
    const [place, field] = width === 4 ? [b, a] : width === 2 ? [a, b] : [0, row];
    bytes[place * n + (i % n)] |= ((symbol >> start) & mask) << (width * field);
  });
  return bytes;
}
