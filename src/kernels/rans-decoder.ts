import { WringError } from '../core/index.js';
import { loadDecodeModule } from '../wasm/decode-module.js';
import type { DecodeKernels } from './decode-kernels.js';
import { createWasmDecodeKernels } from './wasm/decode-kernels.js';

/**
 * The decoder of the decode door: the small module only, and no fallback, which would make the door larger.
 * @throws {WringError} E_UNSUPPORTED where the engine has no WebAssembly SIMD
 */
export async function loadRansDecoder(): Promise<DecodeKernels> {
  const module = await loadDecodeModule();
  if (module) return createWasmDecodeKernels(module);
  throw new WringError('E_UNSUPPORTED', 'Decoding needs WebAssembly SIMD; use a newer engine');
}
