import { loadDecodeModule } from '../wasm/decode-module.js';
import type { DecodeKernels } from './decode-kernels.js';
import { createWasmDecodeKernels } from './wasm/decode-kernels.js';

/** The decoder's small module, or its twin in plain JavaScript, loaded where the engine has no SIMD or is not allowed to compile. */
export async function loadAnyDecoder(): Promise<DecodeKernels> {
  const module = await loadDecodeModule().catch(() => null);
  if (module) return createWasmDecodeKernels(module);
  const { referenceDecodeKernels } = await import('./reference/decode-kernels.js');
  return referenceDecodeKernels;
}
