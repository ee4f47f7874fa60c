import { DECODE_WASM } from './generated/decode.js';
import { instantiate, type WasmModule } from './instantiate.js';

/** What assembly/decode.ts exports; each is described where it is defined, in assembly/kernels. */
export interface DecodeExports {
  heapBase(): number;
  openBytes(
    stream: number,
    streamLength: number,
    tables: number,
    tableBits: number,
    primer: number,
    primerLength: number,
  ): void;
  decodeBytes(stride: number, n: number): number;
  crc32(bytes: number, n: number): number;
  fillClasses(
    rows: number,
    columns: number,
    columnCount: number,
    column: number,
    taps: number,
    tapCount: number,
    rest: number,
    base: number,
    top: number,
    n: number,
    classes: number,
  ): void;
  lookUpFloats(symbols: number, n: number, values: number, floats: number): void;
  decodeRans(
    stream: number,
    length: number,
    frequencies: number,
    rows: number,
    classes: number,
    alphabet: number,
    contexts: number,
    parts: number,
    partCount: number,
    lanes: number,
    tables: number,
    path: number,
    symbols: number,
  ): number;
}

let loading: Promise<WasmModule<DecodeExports> | null> | undefined;

/** The decoder's module, instantiated once; null where the engine has no SIMD. Does not load the large module. */
export function loadDecodeModule(): Promise<WasmModule<DecodeExports> | null> {
  loading ??= instantiate<DecodeExports>(DECODE_WASM, 64);
  return loading;
}
