import { PREFIX_BYTES, readPrefix } from './codec/head.js';
import { createPartDecoder, type PartDecoder } from './codec/part-decoder.js';
import { PieceReader } from './codec/piece-reader.js';
import { WringError } from './core/index.js';
import { loadRansDecoder } from './kernels/rans-decoder.js';

export type { ChunkRange, Part, PartDecoder } from './codec/part-decoder.js';
export { isWringError, WringError } from './core/error.js';

/**
 * Decodes a .wrg file while it arrives: yields the standard ONNX file in pieces, from beginning to end. Holds the head, one
 * chunk (at most 2^18 weights) and what it decodes to, whatever the size of the model.
 *
 * @param file pieces of any length, such as `response.body`
 * @example for await (const piece of decodeStream((await fetch('model.wrg')).body)) …
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export async function* decodeStream(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const input = new PieceReader(file);
  const { bodyOffset, byteLength } = readPrefix(await input.peek(PREFIX_BYTES));
  const decoder = await openParts(await input.take(bodyOffset), byteLength);
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
