import { decodeAll } from './codec/decode-all.js';
import { MemorySource } from './core/index.js';
import { referenceDecodeKernels } from './kernels/reference/decode-kernels.js';

/**
 * `decode` of `wring/decode` in plain JavaScript, for engines without WebAssembly SIMD: those in which `wring/decode` throws
 * E_UNSUPPORTED.
 *
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export async function decode(bytes: Uint8Array): Promise<Uint8Array> {
  return decodeAll(new MemorySource(bytes), referenceDecodeKernels);
}

export { isWringError, WringError } from './core/error.js';
