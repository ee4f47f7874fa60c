import { decodeAll } from './codec/decode-all.js';
import { MemorySource } from './core/index.js';
import module from './decode.wasm';
import { compiledDecoder } from './kernels/compiled-decoder.js';

/** `decode` of `wring/decode` where bytes must not be compiled: Workers, which import a .wasm file as a module. */
export async function decode(bytes: Uint8Array): Promise<Uint8Array> {
  return decodeAll(new MemorySource(bytes), compiledDecoder(module));
}

export { isWringError, WringError } from './core/error.js';
