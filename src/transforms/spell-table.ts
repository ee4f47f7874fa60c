import { DataType } from '../core/index.js';
import { cropTo, eachSymbol, type SpellLevels } from './spell-levels.js';
import type { Symbols } from './spell-symbols.js';

/**
 * As many weights in a byte as their number of levels allows (5 of 3 levels, 3 of 6, 2 of 16), taken apart by a table
 * with a row of levels for every byte: Cast, Gather. No shifts, so any opset will do, and 1.6 bits for a ternary
 * weight. The table of a grid is of int8 and the same for all tensors with as many levels.
 */
export const spellTable: SpellLevels = (draft, task) => {
  const { symbols } = task;
  const radix = symbols.levels.length;
  const perByte = weightsPerByte(radix);
  if (perByte < 2) return null;
  const length = Math.ceil(symbols.codes.length / perByte);
  const bytes = draft.data(DataType.UINT8, [length], () => packDigits(symbols, radix, perByte));
  const rows = draft.op('Gather', [
    symbols.scales
      ? draft.bytes(DataType.INT8, [radix ** perByte, perByte], tableOf(symbols, perByte))
      : draft.floats([radix ** perByte, perByte], tableOf(symbols, perByte)),
    draft.cast(bytes, DataType.INT32),
  ]);
  const levels = cropTo(draft, task, rows, perByte * length);
  return symbols.scales ? draft.cast(levels, DataType.FLOAT) : levels;
};

/** The largest m with radix^m ≤ 256. */
function weightsPerByte(radix: number): number {
  let count = 0;
  for (let product = Math.max(2, radix); product <= 256; product *= Math.max(2, radix)) count++;
  return count;
}

/** f32[radix^m, m]: digit d of row x is level floor(x / radix^d) mod radix. */
function tableOf({ levels }: Symbols, perByte: number): Float32Array {
  const radix = levels.length;
  const table = new Float32Array(radix ** perByte * perByte);
  for (let i = 0; i < table.length; i++) {
    const digit = Math.floor(Math.floor(i / perByte) / radix ** (i % perByte)) % radix;
    table[i] = levels[digit];
  }
  return table;
}

function packDigits(symbols: Symbols, radix: number, perByte: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(symbols.codes.length / perByte));
  eachSymbol(symbols, (symbol, i) => {
    bytes[Math.floor(i / perByte)] += symbol * radix ** (i % perByte);
  });
  return bytes;
}
