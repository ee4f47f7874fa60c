import { WringError } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { type ArrivingOptions, openArriving } from './arriving-file.js';
import { decodeParts, decodePieces } from './decode-pieces.js';
import { type ExternalModel, type ExternalOptions, planExternal } from './external.js';
import type { FileInput } from './file-input.js';
import { createPartDecoder, type PartDecoder } from './part-decoder.js';

export type DecodeOptions = ArrivingOptions;

type Input = FileInput | PromiseLike<FileInput>;

/** Decoders of files that arrive. All throw E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT, E_LIMIT, and E_IO for a bad response. */
export interface StreamDecoder {
  /**
   * Decodes a .wrg file while it arrives: yields the standard ONNX file in pieces, from beginning to end. Holds the head, one
   * chunk (at most 2^18 weights) and what it decodes to, whatever the size of the model.
   *
   * @param file a response, its body, or pieces of any length
   * @example for await (const piece of decodeStream(await fetch('model.wrg'))) …
   */
  decodeStream(file: Input, options?: DecodeOptions): AsyncGenerator<Uint8Array>;

  /**
   * Decodes a .wrg file while it arrives, to the whole ONNX file in memory.
   *
   * @example const session = await ort.InferenceSession.create(await decodeWhole(fetch('model.wrg')));
   * @throws {WringError} besides: E_RANGE when there is no memory for it; then there may be for `decodeExternal`
   */
  decodeWhole(file: Input, options?: DecodeOptions): Promise<Uint8Array>;

  /**
   * Decodes a .wrg file while it arrives, to an ONNX file without its large tensors, and these as external data: for models near or
   * beyond 2 GiB, which no ONNX file can hold, and for little memory.
   *
   * @example
   * const { model, externalData } = await decodeExternal(fetch('model.wrg'));
   * const session = await ort.InferenceSession.create(model, { externalData });
   * @throws {WringError} besides: E_OPTION; whatever `write` throws
   */
  decodeExternal(file: Input, options?: DecodeOptions & ExternalOptions): Promise<ExternalModel>;

  /**
   * For workers that share a file: reads the head, and decodes any chunk on its own.
   *
   * @param head       at least the bytes before the first chunk, such as the whole file
   * @param byteLength of the whole file
   */
  openParts(head: Uint8Array, byteLength?: number): Promise<PartDecoder>;
}

export function createStreamDecoder(loadKernels: () => Promise<DecodeKernels>): StreamDecoder {
  const open = async (file: Input, options?: DecodeOptions) => openArriving(file, await loadKernels(), options);
  return {
    async *decodeStream(file, options) {
      const { pieces } = await decodePieces(file, await loadKernels(), options);
      yield* pieces;
    },

    async decodeWhole(file, options) {
      const { decoder, chunks } = await open(file, options);
      const onnx = allocate(decoder.byteLength);
      for (const { byteOffset, bytes } of decoder.parts) onnx.set(bytes, byteOffset);
      for await (const { byteOffset, bytes } of decodeParts(decoder, chunks())) onnx.set(bytes, byteOffset);
      return onnx;
    },

    async decodeExternal(file, options = {}) {
      const { decoder, chunks } = await open(file, options);
      const { place, result } = planExternal(decoder, options, allocate);
      for (const part of decoder.parts) await place(part);
      for await (const part of decodeParts(decoder, chunks())) await place(part);
      return result;
    },

    openParts: async (head, byteLength = head.length) => createPartDecoder(head, byteLength, await loadKernels()),
  };
}

function allocate(byteLength: number): Uint8Array {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw new WringError('E_RANGE', `No memory for ${byteLength} bytes`, { cause });
  }
}
