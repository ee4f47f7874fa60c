import { DataType } from '../core/index.js';
import { eachSymbol, gatherLevels, type SpellLevels, symbolBits } from './spell-levels.js';
import type { Symbols } from './spell-symbols.js';

/** Integers of 8 or 16 bits: Cast to float32 makes the levels. For grids. */
export const spellInteger: SpellLevels = (draft, { symbols, dims }) => {
  const { levels, scales } = symbols;
  if (!scales) return null;
  const bits = widthOfIntegers(levels);
  if (bits > 16) return null;
  const [dataType, make] =
    bits <= 8
      ? [DataType.INT8, () => fill(new Int8Array(symbols.codes.length), symbols, levels)]
      : [DataType.INT16, () => fill(new Int16Array(symbols.codes.length), symbols, levels)];
  return draft.cast(draft.data(dataType, dims, make), DataType.FLOAT);
};

/** Symbols of 8 or 16 bits, and a table of levels: Cast, Gather. */
export const spellPalette: SpellLevels = (draft, { symbols, dims }) => {
  const [dataType, make] =
    symbols.levels.length <= 256
      ? [DataType.UINT8, () => fill(new Uint8Array(symbols.codes.length), symbols)]
      : [DataType.UINT16, () => fill(new Uint16Array(symbols.codes.length), symbols)];
  return gatherLevels(draft, symbols, draft.cast(draft.data(dataType, dims, make), DataType.INT32));
};

/** ONNX's own types below a byte, 4 bits since opset 21 (IR 10), 2 bits since opset 25 (IR 13). */
export const spellSubByte: SpellLevels = (draft, { symbols, dims, opset, irVersion }) => {
  const { levels, scales } = symbols;
  const bits = scales ? widthOfIntegers(levels) : symbolBits(symbols);
  const width = bits <= 2 && opset >= 25 && irVersion >= 13 ? 2 : 4;
  if (bits > width || opset < 21 || irVersion < 10) return null;
  if (scales) {
    const signed = width === 2 ? DataType.INT2 : DataType.INT4;
    return draft.cast(
      draft.data(signed, dims, () => packed(symbols, width, levels)),
      DataType.FLOAT,
    );
  }
  const unsigned = width === 2 ? DataType.UINT2 : DataType.UINT4;
  const codes = draft.data(unsigned, dims, () => packed(symbols, width));
  return gatherLevels(draft, symbols, draft.cast(codes, DataType.INT32));
};

/** Bits of two's complement that hold every level. */
function widthOfIntegers(levels: Float32Array): number {
  const [low, high] = [levels[0], levels[levels.length - 1]];
  return 33 - Math.clz32(Math.max(high, -low - 1));
}

function fill<T extends Int8Array | Uint8Array | Int16Array | Uint16Array>(
  target: T,
  symbols: Symbols,
  levels?: Float32Array,
): Uint8Array {
  eachSymbol(symbols, (symbol, i) => {
    target[i] = levels ? levels[symbol] : symbol;
  });
  return new Uint8Array(target.buffer);
}

/** Elements of `width` bits, the first in the lowest bits of its byte. */
function packed(symbols: Symbols, width: 2 | 4, levels?: Float32Array): Uint8Array {
  const perByte = 8 / width;
  const mask = (1 << width) - 1;
  const bytes = new Uint8Array(Math.ceil(symbols.codes.length / perByte));
  eachSymbol(symbols, (symbol, i) => {
    const value = levels ? levels[symbol] : symbol;
    bytes[Math.floor(i / perByte)] |= (value & mask) << (width * (i % perByte));
  });
  return bytes;
}
