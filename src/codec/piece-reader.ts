import { WringError } from '../core/index.js';

/** Bytes that arrive in pieces of any length, taken in lengths that are asked for. */
export class PieceReader {
  /** Bytes that have arrived. */
  received = 0;
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #onPiece: () => void;
  /** Arrived and not taken. */
  #waiting: Uint8Array[] = [];
  #length = 0;

  /** @param onPiece called whenever `received` has grown */
  constructor(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onPiece: () => void = () => {}) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
    this.#onPiece = onPiece;
  }

  /** The next bytes, which stay: fewer than asked for where the file ends before. */
  async peek(byteLength: number): Promise<Uint8Array> {
    while (this.#length < byteLength) {
      const next = await this.#pieces.next();
      if (next.done) break;
      this.#waiting.push(next.value);
      this.#length += next.value.length;
      this.received += next.value.length;
      this.#onPiece();
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

  /** Says to whoever sends the pieces that no more are wanted. */
  async end(): Promise<void> {
    await this.#pieces.return?.();
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
