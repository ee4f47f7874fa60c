import { decodeAll } from './codec/decode-all.js';
import { MemorySource } from './core/index.js';
import { loadRansDecoder } from './kernels/rans-decoder.js';

/**
 * Decodes a .wrg file to the bytes of the standard ONNX file it was made from. The whole decoder is below 10 kB gzip, and
 * reaches neither protobuf nor a runtime.
 *
 * @example const session = await ort.InferenceSession.create(await decode(bytes));
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export async function decode(bytes: Uint8Array): Promise<Uint8Array> {
  return decodeAll(new MemorySource(bytes), await loadRansDecoder());
}

export { isWringError, WringError } from './core/error.js';
