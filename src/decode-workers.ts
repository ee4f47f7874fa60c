import { openArriving } from './codec/arriving-file.js';
import type { FileInput } from './codec/file-input.js';
import type { DecodeOptions } from './codec/stream-decoder.js';
import { type DecodeWorker, WorkerPool } from './codec/worker-pool.js';
import { loadAnyDecoder } from './kernels/any-decoder.js';

export type { FileInput } from './codec/file-input.js';
export type { DecodeOptions } from './codec/stream-decoder.js';
export type { DecodeWorker } from './codec/worker-pool.js';
export { isWringError, WringError } from './core/error.js';

export interface DecodeWorkersOptions extends DecodeOptions {
  /** How many (default: 2). No more of them work than the file has chunks. */
  readonly workers?: number;
  /** Makes one; its module is `wring/decode-worker` (default: the file beside this one). */
  readonly createWorker?: () => DecodeWorker;
}

/** What is used of the platform, which only the DOM's types declare. */
declare const Worker: new (url: URL, options: { type: 'module' }) => DecodeWorker;

/**
 * Decodes a .wrg file while it arrives, its chunks (2^18 weights each) in web workers, to the whole ONNX file in memory.
 *
 * @example const session = await ort.InferenceSession.create(await decodeInWorkers(fetch('model.wrg'), { workers: 4 }));
 * @throws {WringError} as `decodeWhole` of wring/decode-stream
 */
export async function decodeInWorkers(
  file: FileInput | PromiseLike<FileInput>,
  options: DecodeWorkersOptions = {},
): Promise<Uint8Array> {
  const { workers = 2, createWorker = createOwnWorker } = options;
  const { decoder, head, byteLength, chunks } = await openArriving(file, await loadAnyDecoder(), options);
  const onnx = new Uint8Array(decoder.byteLength);
  const count = Math.min(workers, decoder.chunks.length);
  const crew = Array.from({ length: count }, createWorker);
  const pool = new WorkerPool(crew, head, byteLength, ({ byteOffset, bytes }) => onnx.set(bytes, byteOffset));
  try {
    for (const { byteOffset, bytes } of decoder.parts) onnx.set(bytes, byteOffset);
    let index = 0;
    for await (const chunk of chunks()) await pool.decode(index++, chunk);
    await pool.finish();
    return onnx;
  } finally {
    pool.terminate();
  }
}

function createOwnWorker(): DecodeWorker {
  return new Worker(new URL('./decode-worker.js', import.meta.url), { type: 'module' });
}
