import { Arena, type LinearMemory } from './arena.js';
import type { DecodeExports } from './decode-module.js';
import type { WasmModule } from './instantiate.js';

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

/** The decoder's module where engines take only what was compiled before: Workers. */
export function instantiateCompiled(module: CompiledModule): WasmModule<DecodeExports> {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as DecodeExports;
  return { exports, arena: new Arena(memory, exports.heapBase() >>> 0) };
}
