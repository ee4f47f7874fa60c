import type { Arena } from './arena.js';

/** Elements per call of a kernel: the block and its result stay in the L2 cache. */
export const BLOCK = 65536;

type NumberArray = Float32Array | Uint16Array | Uint8Array;

/**
 * An array as a kernel sees it, block by block. One that already lives in the module's memory is used in place. Any other
 * is copied through a buffer of one block; copying in costs about as much as a fast kernel (0.2 ns a byte).
 */
export class Blocks {
  readonly length: number;
  readonly #inPlace: boolean;
  readonly #bytesPerElement: number;
  #pointer: number;

  /** Allocates nothing yet, so that every array can be recorded before growth detaches those in place. */
  constructor(
    readonly arena: Arena,
    readonly array: NumberArray,
  ) {
    this.length = array.length;
    this.#inPlace = array.buffer === arena.memory.buffer;
    this.#bytesPerElement = array.BYTES_PER_ELEMENT;
    this.#pointer = this.#inPlace ? array.byteOffset : -1;
  }

  /** A pointer to elements [start, start + count), count ≤ BLOCK, with their numbers in place. */
  load(start: number, count: number): number {
    const pointer = this.at(start);
    if (!this.#inPlace) this.#view(pointer, count).set(this.#bytes(start, count));
    return pointer;
  }

  /** A pointer to where elements [start, …) are to be written; `store` must follow. */
  at(start: number): number {
    if (this.#inPlace) return this.#pointer + start * this.#bytesPerElement;
    if (this.#pointer < 0) this.#pointer = this.arena.allocate(Math.min(BLOCK, this.length) * this.#bytesPerElement);
    return this.#pointer;
  }

  store(start: number, count: number): void {
    if (!this.#inPlace) this.#bytes(start, count).set(this.#view(this.#pointer, count));
  }

  #view(pointer: number, count: number): Uint8Array {
    return this.arena.u8(pointer, count * this.#bytesPerElement);
  }

  #bytes(start: number, count: number): Uint8Array {
    const size = this.#bytesPerElement;
    return new Uint8Array(this.array.buffer, this.array.byteOffset + start * size, count * size);
  }
}

/** Calls `work` for every block of `length` elements, in order. */
export function forEachBlock(length: number, work: (start: number, count: number) => void): void {
  for (let start = 0; start < length; start += BLOCK) work(start, Math.min(BLOCK, length - start));
}
