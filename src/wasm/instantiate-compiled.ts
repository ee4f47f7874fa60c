import { Arena, type LinearMemory } from './arena.js';
import type { DecodeExports } from './decode-module.js';
import type { HeapExports, WasmModule } from './instantiate.js';

/** A WebAssembly.Module, which only the DOM's types declare. */
export type CompiledModule = object;

/** What is used of the WebAssembly namespace. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => LinearMemory;
  readonly Instance: new (
    module: CompiledModule,
    imports: Record<string, Record<string, LinearMemory>>,
  ) => { readonly exports: unknown };
};

/**
 * A module where engines take only what was compiled before: Workers.
 *
 * @param initialPages of 64 KiB
 */
export function instantiateCompiled<Exports extends HeapExports = DecodeExports>(
  module: CompiledModule,
  initialPages = 64,
): WasmModule<Exports> {
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: 65536 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  return { exports, arena: new Arena(memory, exports.heapBase() >>> 0) };
}
