import { WringError } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { type FileInput, piecesOf } from './file-input.js';
import { PREFIX_BYTES, readPrefix } from './head.js';
import { createPartDecoder, type PartDecoder } from './part-decoder.js';
import { PieceReader } from './piece-reader.js';

export interface ArrivingOptions {
  /** Called whenever bytes have arrived, from when the length of the file is known. */
  readonly onProgress?: (progress: DecodeProgress) => void;
  /** Of the bytes that the head, or a chunk, may take; for files of strangers where memory is short (default: none). */
  readonly limit?: number;
}

/** How far a file has come. */
export interface DecodeProgress {
  /** Bytes of the .wrg file that have arrived, of `byteLength`. */
  readonly received: number;
  readonly byteLength: number;
}

export interface ArrivingFile {
  readonly decoder: PartDecoder;
  /** What the decoder was made from: all that stands before the first chunk. */
  readonly head: Uint8Array;
  /** Of the whole file. */
  readonly byteLength: number;
  /** The bytes of every chunk, in order, as they arrive. Ends when the file does, and says that no more is wanted if stopped before. */
  chunks(): AsyncGenerator<Uint8Array>;
}

/**
 * Reads the head of a file that arrives.
 *
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_CORRUPT, E_LIMIT, E_IO; `chunks`: E_TRUNCATED, E_TRAILING
 */
export async function openArriving(
  file: FileInput | PromiseLike<FileInput>,
  kernels: DecodeKernels,
  { onProgress = () => {}, limit = Number.POSITIVE_INFINITY }: ArrivingOptions = {},
): Promise<ArrivingFile> {
  let byteLength = 0;
  const report = () => {
    if (byteLength > 0) onProgress({ received: input.received, byteLength });
  };
  const input = new PieceReader(piecesOf(await file), report);
  let head: Uint8Array;
  let decoder: PartDecoder;
  try {
    const prefix = readPrefix(await input.peek(PREFIX_BYTES));
    byteLength = prefix.byteLength;
    report();
    checkLimit('head', Math.max(prefix.bodyOffset, prefix.headLength), limit);
    head = await input.take(prefix.bodyOffset);
    decoder = createPartDecoder(head, byteLength, kernels);
    for (const chunk of decoder.chunks) checkLimit('chunk', chunk.byteLength, limit);
  } catch (error) {
    await input.end();
    throw error;
  }
  return {
    decoder,
    head,
    byteLength,
    async *chunks() {
      try {
        for (const chunk of decoder.chunks) yield await input.take(chunk.byteLength);
        if ((await input.peek(1)).length > 0) {
          throw new WringError('E_TRAILING', `Expected ${byteLength} bytes but received more; get the file anew`);
        }
      } finally {
        await input.end();
      }
    },
  };
}

function checkLimit(what: string, byteLength: number, limit: number): void {
  if (byteLength <= limit) return;
  throw new WringError('E_LIMIT', `The ${what} takes ${byteLength} bytes, above the limit of ${limit}`);
}
