import { WringError } from '../core/index.js';
import { check, corrupt } from './corrupt.js';

/** Writes the numbers of a directory: LEB128 varints. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  /** @param value integer, 0 ≤ value < 2^53 */
  uint(value: number): void {
    while (value >= 128) {
      this.#bytes.push((value % 128) + 128);
      value = Math.floor(value / 128);
    }
    this.#bytes.push(value);
  }

  /** Zigzag: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** The mirror of {@link ByteWriter}; every read is checked. */
export class ByteReader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** @throws {WringError} E_TRUNCATED at the end, E_CORRUPT for a number above `limit` */
  uint(limit: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      if (this.at >= this.bytes.length) {
        throw new WringError('E_TRUNCATED', `Expected a number at byte ${this.at}`);
      }
      const byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > limit) break;
        return value;
      }
    }
    throw corrupt(`number above ${limit} at byte ${this.at}`);
  }

  int(limit: number): number {
    return unzigzag(this.uint(2 * limit + 1));
  }

  /** The next bytes as they are. @throws {WringError} E_CORRUPT when there are not so many */
  take(length: number): Uint8Array {
    check(length <= this.bytes.length - this.at, `${length} bytes`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Checks what the numbers read so far say together. @throws {WringError} E_CORRUPT */
  check(condition: boolean): void {
    check(condition, `numbers before byte ${this.at}`);
  }
}

/** 0, 1, 2, 3 … become 0, −1, 1, −2 … */
export function unzigzag(value: number): number {
  return value % 2 ? -(value + 1) / 2 : value / 2;
}
