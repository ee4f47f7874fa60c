import { loadDecodeModule } from '../wasm/decode-module.js';
import type { RansDecoder } from './rans.js';
import { referenceRans } from './reference/rans.js';
import { createWasmRansDecoder } from './wasm/rans-decoder.js';

/** The fastest decoder that this engine runs. Loads the small module only. */
export async function loadRansDecoder(): Promise<RansDecoder> {
  const module = await loadDecodeModule();
  return module ? createWasmRansDecoder(module) : referenceRans;
}
