import type { DecodeExports } from '../../wasm/decode-module.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import { badStream } from '../corrupt.js';
import { type ClassedPart, type DecodeKernels, FLOATS_BLOCK } from '../decode-kernels.js';
import { PRIMER } from '../primer.js';
import { RANS_TOTAL } from '../rans.js';

/** What SIMD loads and stores may touch beyond an array. */
const PADDING = 64;
/** Of the byte coder's tables together, for each entry of a table of matches. */
const TABLE_BYTES = 44;

/** {@link DecodeKernels} in WebAssembly. */
export function createWasmDecodeKernels({ exports, arena }: WasmModule<DecodeExports>): DecodeKernels {
  const allocate = (byteLength: number) => arena.allocate(byteLength + PADDING);
  const allocateZeros = (byteLength: number) => {
    const pointer = allocate(byteLength);
    arena.u8(pointer, byteLength).fill(0);
    return pointer;
  };
  const place = (array: ArrayBufferView | null): number => {
    if (!array) return 0;
    const { buffer, byteOffset, byteLength } = array;
    const pointer = allocate(byteLength);
    arena.u8(pointer, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    return pointer;
  };

  function fillClasses({ map, shape, start, count }: ClassedPart, classes: number, target: number): void {
    let { base, columns, taps } = map;
    let [, columnCount, tapCount] = shape;
    // Runs are along the taps; where there is only one, along the columns.
    if (tapCount === 1) {
      if (taps) base += taps[0];
      tapCount = columnCount;
      columnCount = 1;
      taps = columns;
      columns = null;
    }
    const tap = start % tapCount;
    const column = Math.floor(start / tapCount);
    // A run without offsets may be longer than 32 bits can say; one with offsets is an array in memory.
    const longest = taps ? tapCount : count;
    exports.fillClasses(
      map.rows ? place(map.rows) + Math.floor(column / columnCount) : 0,
      place(columns),
      columnCount,
      column % columnCount,
      place(taps),
      Math.min(tapCount, longest),
      Math.min(tapCount - tap, longest),
      base,
      classes - 1,
      count,
      target,
    );
  }

  return {
    crc32: (bytes) => arena.scope(() => exports.crc32(place(bytes), bytes.length) >>> 0),

    decodeBytes: (stream, capacity, use) =>
      arena.scope(() => {
        let bits = 12;
        while (bits < 16 && 1 << bits < capacity) bits++;
        const packed = place(stream);
        const tables = allocateZeros(TABLE_BYTES << bits);
        const primer = allocateZeros(PADDING + PRIMER.length + capacity) + PADDING;
        arena.u8(primer, PRIMER.length).set(Uint8Array.from(PRIMER, (character) => character.charCodeAt(0)));
        exports.openBytes(packed, stream.length, tables, bits, primer, PRIMER.length);
        let left = capacity;
        return use((n, stride) => {
          if (n > left) throw badStream(stream);
          left -= n;
          return arena.u8(exports.decodeBytes(stride, n) >>> 0, n).slice();
        });
      }),

    decodeClassed: ({ stream, frequencies, alphabet, banks, lanes, parts }, use) =>
      arena.scope(() => {
        const n = parts.reduce((sum, { count }) => sum + count, 0);
        const rows = frequencies.length / alphabet;
        const classes = rows / banks;
        const source = place(stream);
        const counts = place(frequencies);
        const tables = allocate(4 * rows * RANS_TOTAL);
        const contexts = allocate(n);
        const symbols = allocate(n);
        const floats = allocate(4 * FLOATS_BLOCK);
        const longest = parts.reduce((most, { count, period }) => Math.max(most, period && count + period), 0);
        const path = allocate(longest);
        const counted = place(Uint32Array.from(parts.flatMap(({ count, period }) => [count, period])));
        let filled = contexts;
        for (const part of parts) {
          arena.scope(() => fillClasses(part, classes, filled));
          filled += part.count;
        }
        const sound = exports.decodeRans(
          source,
          stream.length,
          counts,
          rows,
          classes,
          alphabet,
          contexts,
          counted,
          parts.length,
          lanes,
          tables,
          path,
          symbols,
        );
        if (!sound) throw badStream(stream);
        return use({
          u8: () => arena.u8(symbols, n),
          floats: (from, count, values) =>
            arena.scope(() => {
              exports.lookUpFloats(symbols + from, count, place(values), floats);
              return arena.f32(floats, count);
            }),
        });
      }),
  };
}
