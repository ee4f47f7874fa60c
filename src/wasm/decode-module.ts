import { DECODE_WASM } from './generated/decode.js';
import { instantiate, type WasmModule } from './instantiate.js';

/** What assembly/decode.ts exports. Pointers and counts are numbers. */
export interface DecodeExports {
  heapBase(): number;
  buildRansTables(frequencies: number, alphabet: number, contexts: number, tables: number): number;
  decodeRans16(
    words: number,
    end: number,
    n: number,
    contexts: number,
    tables: number,
    states: number,
    symbols: number,
  ): number;
  decodeRansScalar(
    words: number,
    end: number,
    n: number,
    contexts: number,
    tables: number,
    states: number,
    symbols: number,
    lanes: number,
  ): number;
}

let loading: Promise<WasmModule<DecodeExports> | null> | undefined;

/** The decoder's module, instantiated once; null where the engine has no SIMD. Does not load the large module. */
export function loadDecodeModule(): Promise<WasmModule<DecodeExports> | null> {
  loading ??= instantiate<DecodeExports>(DECODE_WASM, 64);
  return loading;
}
