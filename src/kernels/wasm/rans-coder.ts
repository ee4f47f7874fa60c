import { WringError } from '../../core/index.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import type { CodecKernels } from '../decode-kernels.js';
import { RANS_LOW } from '../rans.js';
import { createWasmDecodeKernels } from './decode-kernels.js';
import { sumClassCosts } from './sum-class-costs.js';

const ENTRY_BYTES = 16;

/** {@link CodecKernels} in WebAssembly. */
export function createWasmRansCoder(module: WasmModule<WringExports>): CodecKernels {
  const { exports, arena } = module;
  return {
    ...createWasmDecodeKernels(module),
    sumClassCosts: (...args) => sumClassCosts(module, ...args),
    encodeRans(symbols, frequencies, alphabet, contexts, lanes) {
      return arena.scope(() => {
        const n = symbols.length;
        const rows = frequencies.length / alphabet;
        const source = arena.allocate(n);
        const contextsAt = arena.allocate(n);
        const counts = arena.allocate(frequencies.byteLength);
        const entries = arena.allocate(ENTRY_BYTES * rows * alphabet);
        const room = 4 * lanes + 2 * n + 2;
        const target = arena.allocate(room);
        const states = arena.allocate(4 * lanes);
        arena.u8(source, n).set(symbols);
        arena.u8(contextsAt, n).set(contexts);
        arena.view(Uint16Array, counts, frequencies.length).set(frequencies);
        arena.view(Uint32Array, states, lanes).fill(RANS_LOW);
        exports.buildRansEntries(counts, alphabet, rows, entries);
        const end = target + room;
        const words = exports.encodeRans(source, n, contextsAt, entries, alphabet, states, lanes, end) >>> 0;
        if (words === 0)
          throw new WringError('E_RANGE', `A symbol has no frequency in its context; learn the tables anew`);
        const stream = new Uint8Array(4 * lanes + end - words);
        stream.set(arena.u8(states, 4 * lanes));
        stream.set(arena.u8(words, end - words), 4 * lanes);
        return stream;
      });
    },
  };
}
