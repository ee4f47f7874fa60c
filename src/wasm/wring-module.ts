import type { DecodeExports } from './decode-module.js';
import { WRING_WASM } from './generated/wring.js';
import { instantiate, type WasmModule } from './instantiate.js';

/** What assembly/wring.ts exports; each is described where it is defined, in assembly/kernels. */
export interface WringExports extends DecodeExports {
  largestByte(bytes: number, n: number): number;
  largestCode(codes: number, n: number): number;
  countCodes(codes: number, n: number, counts: number, pitch: number): void;
  foldCounts(counts: number, pitch: number, k: number): void;
  countMagnitudes(weights: number, n: number, counts: number): void;
  sortFloats(values: number, n: number, sorted: number, offsets: number): void;
}

let loading: Promise<WasmModule<WringExports> | null> | undefined;

/** The module with every kernel, instantiated once; null where the engine has no SIMD. */
export function loadWringModule(): Promise<WasmModule<WringExports> | null> {
  loading ??= instantiate<WringExports>(WRING_WASM, 256);
  return loading;
}
