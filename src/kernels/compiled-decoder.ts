import { type CompiledModule, instantiateCompiled } from '../wasm/instantiate-compiled.js';
import type { DecodeKernels } from './decode-kernels.js';
import { createWasmDecodeKernels } from './wasm/decode-kernels.js';

const decoders = new WeakMap<CompiledModule, DecodeKernels>();

/** The decoder in a module that was compiled before, instantiated once. */
export function compiledDecoder(module: CompiledModule): DecodeKernels {
  const decoder = decoders.get(module) ?? createWasmDecodeKernels(instantiateCompiled(module));
  decoders.set(module, decoder);
  return decoder;
}
