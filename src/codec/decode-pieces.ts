import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { type ArrivingOptions, openArriving } from './arriving-file.js';
import type { FileInput } from './file-input.js';
import type { Part, PartDecoder } from './part-decoder.js';

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
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_CORRUPT, E_LIMIT, E_IO
 */
export async function decodePieces(
  file: FileInput | PromiseLike<FileInput>,
  kernels: DecodeKernels,
  options: ArrivingOptions = {},
): Promise<DecodedPieces> {
  const { decoder, chunks } = await openArriving(file, kernels, options);
  return { byteLength: decoder.byteLength, pieces: inOrder(decoder, chunks()) };
}

/** What each chunk gives. */
export async function* decodeParts(decoder: PartDecoder, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Part> {
  let index = 0;
  for await (const chunk of chunks) yield* decoder.decodeChunk(index++, chunk);
}

/** What the head says, between what the chunks give. */
async function* inOrder(decoder: PartDecoder, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const fixed = decoder.parts[Symbol.iterator]();
  let next = fixed.next();
  for await (const { byteOffset, bytes } of decodeParts(decoder, chunks)) {
    for (; !next.done && next.value.byteOffset < byteOffset; next = fixed.next()) yield next.value.bytes;
    yield bytes;
  }
  for (; !next.done; next = fixed.next()) yield next.value.bytes;
}
