import { Arena, type LinearMemory } from './arena.js';
import { moduleBytes } from './module-bytes.js';

/** An instance with a memory of its own. Exports take and give numbers only; a pointer ≥ 2 GiB arrives negative: >>> 0. */
export interface WasmModule<Exports> {
  readonly exports: Exports;
  readonly arena: Arena;
}

/** What every module of `assembly/` has. */
export interface HeapExports {
  heapBase(): number;
}

/** What is used of the WebAssembly namespace, which only the DOM's types declare. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => LinearMemory;
  validate(bytes: Uint8Array): boolean;
  readonly instantiate: Create;
};

type Create = (
  bytes: Uint8Array,
  imports: Record<string, Record<string, LinearMemory>>,
) => Promise<{ readonly instance: { readonly exports: unknown } }>;

/**
 * Instantiates a module of `assembly/` in Node or a browser. Only numbers cross the border, so the engine's own function
 * will do where a loader would be a fifth of the door. `Exports` must name what the module exports.
 *
 * @param text         the module, from src/wasm/generated
 * @param initialPages of 64 KiB; untouched pages cost nothing
 * @param create       the engine's `WebAssembly.instantiate`, or a loader's
 * @returns null where the engine has no WebAssembly, or none with SIMD
 */
export async function instantiate<Exports extends HeapExports>(
  text: string,
  initialPages: number,
  create?: Create,
): Promise<WasmModule<Exports> | null> {
  const bytes = moduleBytes(text);
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return null;
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: 65536 });
  const { instance } = await (create ?? WebAssembly.instantiate)(bytes, { env: { memory } });
  const exports = instance.exports as Exports;
  return { exports, arena: new Arena(memory, exports.heapBase() >>> 0) };
}
