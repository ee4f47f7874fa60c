import { loadWringModule } from '../wasm/wring-module.js';
import type { RansCoder } from './rans.js';
import { referenceRans } from './reference/rans.js';
import { createWasmRansCoder } from './wasm/rans-coder.js';

/** The fastest coder that this engine runs. */
export async function loadRansCoder(): Promise<RansCoder> {
  const module = await loadWringModule();
  return module ? createWasmRansCoder(module) : referenceRans;
}
