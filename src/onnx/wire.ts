import { type ByteSource, WringError } from '../core/index.js';
import { WindowSource } from './window-source.js';

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** As deep as C++ protobuf goes by default, so that whatever others can read is read here too. */
export const MAX_DEPTH = 100;

/** One field of a message as it lies in the file: tag from `start`, value from `valueStart`, both up to `end`. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Walks protobuf fields over a source without holding more than a window of it. */
export class WireCursor {
  position = 0;
  readonly #bytes: WindowSource;

  constructor(
    source: ByteSource,
    readonly byteLength = source.byteLength,
  ) {
    this.#bytes = source instanceof WindowSource ? source : new WindowSource(source);
  }

  /**
   * The field at `position`, which moves behind it.
   * @param end where the enclosing message ends
   * @throws {WringError} E_TRUNCATED when the source ends within the field, E_NOT_ONNX when it is no protobuf field
   */
  next(end: number, depth = 0): WireField {
    const start = this.position;
    const tag = this.readVarint(end);
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0 || number > 0x1fffffff) throw notOnnx(start, `field number ${number}`);
    let valueStart = this.position;
    switch (wireType) {
      case VARINT:
        this.readVarint(end);
        break;
      case FIXED64:
        this.position += 8;
        break;
      case FIXED32:
        this.position += 4;
        break;
      case LENGTH_DELIMITED: {
        const byteLength = this.readVarint(end);
        valueStart = this.position;
        this.position += byteLength;
        break;
      }
      case GROUP_START:
        this.#skipGroup(start, number, end, depth);
        break;
      default:
        throw notOnnx(start, `wire type ${wireType}`);
    }
    if (this.position > end) throw this.#tooLong(start, this.position, end);
    return { number, wireType, start, valueStart, end: this.position };
  }

  /** A varint as a number, exact below 2^53. */
  readVarint(end: number): number {
    const start = this.position;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      if (this.position >= end) throw this.#tooLong(start, this.position + 1, end);
      const byte = this.#bytes.byteAt(this.position++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw notOnnx(start, 'a varint of more than 10 bytes');
  }

  /** One byte, moving on. */
  readByte(): number {
    return this.#bytes.byteAt(this.position++);
  }

  #skipGroup(start: number, number: number, end: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw tooDeep(start);
    for (;;) {
      const inner = this.position;
      const tag = this.readVarint(end);
      if (tag % 8 === GROUP_END) {
        if (Math.floor(tag / 8) !== number) throw notOnnx(inner, 'the end of another group');
        return;
      }
      this.position = inner;
      this.next(end, depth + 1);
    }
  }

  #tooLong(start: number, reached: number, end: number): WringError {
    if (end < this.byteLength) return notOnnx(start, `a field up to byte ${reached} in a message that ends at ${end}`);
    return new WringError(
      'E_TRUNCATED',
      `The field at byte ${start} ends at byte ${reached} but the file has only ${end} bytes; it is cut off, or no ONNX model`,
    );
  }
}

/** The varint spelling of an integer in [0, 2^53). */
export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

/** Tag and length of a length-delimited field. */
export function lengthPrefix(number: number, byteLength: number): Uint8Array {
  return Uint8Array.of(...varintBytes(number * 8 + LENGTH_DELIMITED), ...varintBytes(byteLength));
}

export function notOnnx(byteOffset: number, found: string): WringError {
  return new WringError(
    'E_NOT_ONNX',
    `Expected an ONNX model but found ${found} at byte ${byteOffset}; is the file damaged?`,
  );
}

export function tooDeep(byteOffset: number): WringError {
  return notOnnx(byteOffset, `messages nested more than ${MAX_DEPTH} deep`);
}
