import { WringError } from '../core/index.js';
import { loadDecodeModule } from '../wasm/decode-module.js';
import type { RansDecoder } from './rans.js';
import { createWasmRansDecoder } from './wasm/rans-decoder.js';

/**
 * The decoder of the decode door: the small module only, and no fallback, which would make the door larger.
 * @throws {WringError} E_UNSUPPORTED where the engine has no WebAssembly SIMD
 */
export async function loadRansDecoder(): Promise<RansDecoder> {
  const module = await loadDecodeModule();
  if (module) return createWasmRansDecoder(module);
  throw new WringError('E_UNSUPPORTED', 'Decoding needs WebAssembly SIMD; use a newer engine');
}
