import { WringError } from '../core/index.js';

/** Bytes that arrive in pieces of any length, taken in lengths that are asked for. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** Arrived and not taken. */
  #waiting: Uint8Array[] = [];
  #length = 0;

  constructor(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** The next bytes, which stay: fewer than asked for where the file ends before. */
  async peek(byteLength: number): Promise<Uint8Array> {
    while (this.#length < byteLength) {
      const next = await this.#pieces.next();
      if (next.done) break;
      this.#waiting.push(next.value);
      this.#length += next.value.length;
    }
    if (this.#waiting.length !== 1) this.#waiting = [this.#join()];
    return this.#waiting[0].subarray(0, byteLength);
  }

  /** @throws {WringError} E_TRUNCATED */
  async take(byteLength: number): Promise<Uint8Array> {
    const bytes = await this.peek(byteLength);
    if (bytes.length < byteLength) {
      throw new WringError(
        'E_TRUNCATED',
        `Expected ${byteLength} bytes but received ${bytes.length}; get the file anew`,
      );
    }
    this.#waiting[0] = this.#waiting[0].subarray(byteLength);
    this.#length -= byteLength;
    return bytes;
  }

  #join(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#waiting) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
