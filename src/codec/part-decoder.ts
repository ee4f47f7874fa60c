import { type ByteSource, encodeFloats, MemorySource, SliceSource } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { createChunkDecoder } from './chunk-decoder.js';
import { chunkWeights } from './chunk-weights.js';
import { INLINE, PLANES } from './format.js';
import { readHead } from './head.js';
import type { CodedHole } from './layout.js';

/** Bytes and where they belong in the ONNX file. */
export interface Part {
  readonly byteOffset: number;
  readonly bytes: Uint8Array;
}

/** Where a chunk is in the .wrg file. */
export interface ChunkRange {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Decodes a .wrg file chunk by chunk, in any order and in any number of workers that have the same head. */
export interface PartDecoder {
  /** Of the ONNX file. */
  readonly byteLength: number;
  /** What the head itself says, in ascending order: all that no chunk gives. */
  readonly parts: readonly Part[];
  /** One after another, up to the end of the file. */
  readonly chunks: readonly ChunkRange[];
  /**
   * The parts that a chunk gives, in ascending order.
   *
   * @param bytes those of `chunks[index]`
   * @throws {WringError} E_CORRUPT
   */
  decodeChunk(index: number, bytes: Uint8Array): Part[];
}

/**
 * Reads the head of a .wrg file.
 *
 * @param head       at least the bytes before the first chunk
 * @param byteLength of the whole file
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export function createPartDecoder(head: Uint8Array, byteLength: number, kernels: DecodeKernels): PartDecoder {
  const file = new Window(byteLength);
  file.show(0, head);
  const read = readHead(file, kernels);
  const { holes, literalLength, chunkLengths } = read.directory;
  const decoder = createChunkDecoder(file, read, kernels);
  const parts: Part[] = [];
  let literal = 0;
  let at = 0;
  const add = (bytes: Uint8Array) => {
    if (bytes.length > 0) parts.push({ byteOffset: at, bytes });
    at += bytes.length;
  };
  const offsets = holes.map(({ gap, byteLength: length, mode }, index) => {
    add(read.literals.subarray(literal, literal + gap));
    literal += gap;
    if (mode === INLINE) add(read.details[index] as Uint8Array);
    else at += length;
    return at - length;
  });
  add(read.literals.subarray(literal, literalLength));
  let next = read.bodyOffset;
  const chunks = chunkLengths.map((length) => {
    next += length + 4;
    return { byteOffset: next - length - 4, byteLength: length + 4 };
  });

  return {
    byteLength: at,
    parts,
    chunks,
    decodeChunk(chunk, bytes) {
      file.show(chunks[chunk].byteOffset, bytes);
      const { holes: numbers, start: first } = decoder.plans[chunk];
      if (holes[numbers[0]].mode === PLANES) {
        return [{ byteOffset: offsets[numbers[0]] + first, bytes: decoder.planes(chunk) }];
      }
      const decoded: Part[] = [];
      chunkWeights(decoder, chunk, (index, start, weights) => {
        const { dataType, byteLength: length, elementCount } = holes[index] as CodedHole;
        const size = length / elementCount;
        const part = { byteOffset: offsets[index] + start * size, bytes: new Uint8Array(weights.length * size) };
        encodeFloats(dataType, weights, part.bytes);
        decoded.push(part);
      });
      return decoded;
    },
  };
}

/** A file of which only one range is there. */
class Window implements ByteSource {
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(readonly byteLength: number) {}

  show(start: number, bytes: Uint8Array): void {
    this.#start = start;
    this.#bytes = bytes;
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    new SliceSource(new MemorySource(this.#bytes), byteOffset - this.#start, target.length).readInto(target, 0);
  }
}
