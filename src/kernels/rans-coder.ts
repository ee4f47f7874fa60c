import { loadWringModule } from '../wasm/wring-module.js';
import type { CodecKernels } from './decode-kernels.js';
import { referenceCodecKernels } from './reference/codec-kernels.js';
import { createWasmRansCoder } from './wasm/rans-coder.js';

/** The fastest coder that this engine runs, and what else the codec needs. */
export async function loadRansCoder(): Promise<CodecKernels> {
  const module = await loadWringModule();
  return module ? createWasmRansCoder(module) : referenceCodecKernels;
}
