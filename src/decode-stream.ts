import { decodePieces } from './codec/decode-pieces.js';
import { createPartDecoder, type PartDecoder } from './codec/part-decoder.js';
import { loadRansDecoder } from './kernels/rans-decoder.js';

export type { ChunkRange, Part, PartDecoder } from './codec/part-decoder.js';
export { isWringError, WringError } from './core/error.js';

/**
 * Decodes a .wrg file while it arrives: yields the standard ONNX file in pieces, from beginning to end. Holds the head, one
 * chunk (at most 2^18 weights) and what it decodes to, whatever the size of the model.
 *
 * @param file  pieces of any length, such as `response.body`
 * @param limit of the bytes that the head, or a chunk, may take; for files of strangers where memory is short
 * @example for await (const piece of decodeStream((await fetch('model.wrg')).body)) …
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT, E_LIMIT
 */
export async function* decodeStream(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const { pieces } = await decodePieces(file, await loadRansDecoder(), limit);
  yield* pieces;
}

/**
 * For workers that share a file: reads the head, and decodes any chunk on its own.
 *
 * @param head       at least the bytes before the first chunk, such as the whole file
 * @param byteLength of the whole file
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export async function openParts(head: Uint8Array, byteLength = head.length): Promise<PartDecoder> {
  return createPartDecoder(head, byteLength, await loadRansDecoder());
}
