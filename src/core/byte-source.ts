import { WringError } from './error.js';

/**
 * Random access to bytes that need not be in memory: a range of a file, a slice of a buffer, a tensor that is decoded
 * when somebody asks. Reading is synchronous, so that kernels can pull what they need block by block.
 */
export interface ByteSource {
  readonly byteLength: number;
  /**
   * Copies `target.length` bytes, beginning at `byteOffset` of the source, into `target`.
   * @throws {WringError} E_RANGE when the range leaves the source, E_TRUNCATED when a file has shrunk meanwhile
   */
  readInto(target: Uint8Array, byteOffset: number): void;
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  readonly byteLength: number;

  constructor(readonly bytes: Uint8Array) {
    this.byteLength = bytes.length;
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    target.set(this.bytes.subarray(byteOffset, byteOffset + target.length));
  }
}

/** `byteLength` bytes of another source, from `byteOffset` on; nothing is copied. */
export class SliceSource implements ByteSource {
  constructor(
    readonly parent: ByteSource,
    readonly byteOffset: number,
    readonly byteLength: number,
  ) {
    assertRange(parent, byteOffset, byteLength);
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    this.parent.readInto(target, this.byteOffset + byteOffset);
  }
}

/** Several sources read as one, in order; nothing is copied. */
export class ConcatSource implements ByteSource {
  readonly byteLength: number;
  /** `#starts[i]` is where part i begins; one entry more than parts. */
  readonly #starts: number[] = [0];

  constructor(readonly parts: readonly ByteSource[]) {
    for (const part of parts) this.#starts.push(this.#starts.at(-1)! + part.byteLength);
    this.byteLength = this.#starts.at(-1)!;
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    let filled = 0;
    for (let i = this.#partAt(byteOffset); filled < target.length; i++) {
      const inner = byteOffset + filled - this.#starts[i];
      const length = Math.min(this.parts[i].byteLength - inner, target.length - filled);
      if (length > 0) this.parts[i].readInto(target.subarray(filled, filled + length), inner);
      filled += length;
    }
  }

  /** The last part that begins at or before `byteOffset`. */
  #partAt(byteOffset: number): number {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= byteOffset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Reads a whole range into fresh memory. */
export function readBytes(source: ByteSource, byteOffset = 0, byteLength = source.byteLength - byteOffset): Uint8Array {
  assertRange(source, byteOffset, byteLength);
  const bytes = new Uint8Array(byteLength);
  source.readInto(bytes, byteOffset);
  return bytes;
}

export function assertRange(source: ByteSource, byteOffset: number, byteLength: number): void {
  if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > source.byteLength) {
    throw new WringError(
      'E_RANGE',
      `Expected a range within ${source.byteLength} bytes but received ${byteLength} bytes at offset ${byteOffset}`,
    );
  }
}
