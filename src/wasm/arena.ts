import { WringError } from '../core/index.js';

const PAGE = 65536;
/** Where a v128 never straddles a cache line. */
const ALIGNMENT = 64;
const LIMIT = 65536 * PAGE;

/** The part of WebAssembly.Memory that is needed here; the DOM's types are not loaded. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/**
 * All memory of a module above its own few constants, handed out from bottom to top and given back all at once. Growth
 * detaches every earlier view, silently: a view then has length 0. So keep pointers, and take a view when it is used.
 */
export class Arena {
  #top: number;

  constructor(
    readonly memory: LinearMemory,
    base: number,
  ) {
    this.#top = align(base);
  }

  /** Runs `work`, then gives back whatever it allocated. Synchronous work only. */
  scope<T>(work: () => T): T {
    const mark = this.#top;
    try {
      return work();
    } finally {
      this.#top = mark;
    }
  }

  /**
   * A pointer to `byteLength` bytes, 64-byte aligned, of any content, valid until the enclosing `scope` ends. May grow
   * the memory.
   *
   * @throws {WringError} E_RANGE when 4 GiB do not suffice, or the engine has no more to give
   */
  allocate(byteLength: number): number {
    const pointer = this.#top;
    const top = align(pointer + byteLength);
    const missing = top - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(missing);
    this.#top = top;
    return pointer;
  }

  u8(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  view<View>(
    Type: new (buffer: ArrayBuffer, pointer: number, length: number) => View,
    pointer: number,
    length: number,
  ): View {
    return new Type(this.memory.buffer, pointer, length);
  }

  f32(pointer: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, pointer, length);
  }

  #grow(missing: number): void {
    const size = this.memory.buffer.byteLength;
    // By an eighth at least, so that many small allocations do not grow it one by one.
    const bytes = Math.max(missing, Math.min(size / 8, LIMIT - size));
    try {
      this.memory.grow(Math.ceil(bytes / PAGE));
    } catch (cause) {
      throw new WringError('E_RANGE', `No memory for ${missing} bytes`, { cause });
    }
  }
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
