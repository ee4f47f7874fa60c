import { WringError } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { PREFIX_BYTES, readPrefix } from './head.js';
import { createPartDecoder, type PartDecoder } from './part-decoder.js';
import { PieceReader } from './piece-reader.js';

/** An ONNX file that is decoded while it is taken. */
export interface DecodedPieces {
  /** Of all pieces together. */
  readonly byteLength: number;
  /** From beginning to end. Throws E_TRUNCATED, E_TRAILING, E_CORRUPT */
  readonly pieces: AsyncGenerator<Uint8Array, void>;
}

/**
 * Decodes a .wrg file while it arrives. Holds the head, one chunk (at most 2^18 weights) and what it decodes to, whatever
 * the size of the model. Reads and checks the head at once.
 *
 * @param file  pieces of any length
 * @param limit of the bytes that the head, or a chunk, may take; for files of strangers where memory is short
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_CORRUPT, E_LIMIT
 */
export async function decodePieces(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  kernels: DecodeKernels,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<DecodedPieces> {
  const input = new PieceReader(file);
  const { bodyOffset, headLength, byteLength } = readPrefix(await input.peek(PREFIX_BYTES));
  checkLimit('head', Math.max(bodyOffset, headLength), limit);
  const decoder = createPartDecoder(await input.take(bodyOffset), byteLength, kernels);
  for (const range of decoder.chunks) checkLimit('chunk', range.byteLength, limit);
  return { byteLength: decoder.byteLength, pieces: decodeParts(input, decoder, byteLength) };
}

async function* decodeParts(
  input: PieceReader,
  decoder: PartDecoder,
  byteLength: number,
): AsyncGenerator<Uint8Array, void> {
  const fixed = decoder.parts[Symbol.iterator]();
  let next = fixed.next();
  for (const [index, range] of decoder.chunks.entries()) {
    for (const { byteOffset, bytes } of decoder.decodeChunk(index, await input.take(range.byteLength))) {
      for (; !next.done && next.value.byteOffset < byteOffset; next = fixed.next()) yield next.value.bytes;
      yield bytes;
    }
  }
  for (; !next.done; next = fixed.next()) yield next.value.bytes;
  if ((await input.peek(1)).length > 0) {
    throw new WringError('E_TRAILING', `Expected ${byteLength} bytes but received more; get the file anew`);
  }
}

function checkLimit(what: string, byteLength: number, limit: number): void {
  if (byteLength <= limit) return;
  throw new WringError('E_LIMIT', `The ${what} takes ${byteLength} bytes, above the limit of ${limit}`);
}
