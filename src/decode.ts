import { decodeAll } from './codec/decode-all.js';
import { MemorySource } from './core/index.js';
import { loadRansDecoder } from './kernels/rans-decoder.js';

/**
 * Decodes a .wrg file to the bytes of the standard ONNX file it was made from. The whole decoder is below 10 kB gzip, and
 * reaches neither protobuf nor a runtime.
 *
 * @param file its bytes, what `fetch` gives, or a stream. `wring/decode-stream` decodes while a file arrives, and tells
 *   progress; this waits for all of it
 * @example const session = await ort.InferenceSession.create(await decode(await fetch('model.wrg')));
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT, E_RANGE when there is no memory for it,
 *   E_UNSUPPORTED without WebAssembly SIMD; what the stream throws
 */
export async function decode(file: Uint8Array | Response | ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const bytes =
    file instanceof Uint8Array
      ? file
      : new Uint8Array(await new Response('body' in file ? file.body : file).arrayBuffer());
  return decodeAll(new MemorySource(bytes), await loadRansDecoder());
}

export { isWringError, WringError } from './core/error.js';
