import { WringError } from '../../core/index.js';
import type { DecodeExports } from '../../wasm/decode-module.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import { RANS_LOW, RANS_TOTAL, type RansDecoder } from '../rans.js';

/** What SIMD loads and stores may touch beyond an array. */
const PADDING = 64;

/** {@link RansDecoder} in WebAssembly: sixteen lanes by SIMD, fewer by scalars. */
export function createWasmRansDecoder({ exports, arena }: WasmModule<DecodeExports>): RansDecoder {
  return {
    decodeRans(stream, frequencies, alphabet, contexts, lanes, symbols) {
      const n = symbols.length;
      if (stream.length < 4 * lanes || (stream.length & 1) === 1) throw corrupt(stream);
      arena.scope(() => {
        const rows = frequencies.length / alphabet;
        const source = arena.allocate(stream.length + PADDING);
        const counts = arena.allocate(frequencies.byteLength);
        const tables = arena.allocate(4 * rows * RANS_TOTAL + PADDING);
        const contextsAt = arena.allocate(n + PADDING);
        const target = arena.allocate(n + PADDING);
        arena.u8(source, stream.length).set(stream);
        arena.u16(counts, frequencies.length).set(frequencies);
        arena.u8(contextsAt, n).set(contexts);
        if (exports.buildRansTables(counts, alphabet, rows, tables) !== 0) throw corrupt(stream);
        const end = source + stream.length;
        const whole = lanes === 16 ? n - (n % 16) : 0;
        let words = source + 4 * lanes;
        if (whole > 0) words = exports.decodeRans16(words, end, whole, contextsAt, tables, source, target) >>> 0;
        if (words > 0) {
          const tail = [n - whole, contextsAt + whole, tables, source, target + whole, lanes] as const;
          words = exports.decodeRansScalar(words, end, ...tail) >>> 0;
        }
        if (words !== end || arena.u32(source, lanes).some((state) => state !== RANS_LOW)) throw corrupt(stream);
        symbols.set(arena.u8(target, n));
      });
    },
  };
}

function corrupt(stream: Uint8Array): WringError {
  return new WringError(
    'E_CORRUPT',
    `A stream of ${stream.length} bytes does not end where its symbols end; get the file anew`,
  );
}
