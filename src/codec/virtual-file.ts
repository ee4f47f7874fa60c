import { check, corrupt } from './corrupt.js';
import type { Part, PartDecoder } from './part-decoder.js';

/** One field of a protobuf message: tag from `start`, value from `valueStart`, both up to `end`. */
export interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Bytes that follow tags of the wire types 1 and 5. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The ONNX file behind a .wrg file of which only the head is there: enough to walk its messages. */
export class VirtualFile {
  readonly #parts: readonly Part[];
  /** The last part that was read from. */
  #current = 0;

  constructor({ parts }: PartDecoder) {
    this.#parts = parts;
  }

  /** Whether the head says what is at this offset. */
  isFixed(byteOffset: number): boolean {
    return this.#find(byteOffset) !== null;
  }

  /** The fields of the message in [start, end). @throws {WringError} E_CORRUPT where that is none */
  *fields(start: number, end: number): Generator<Field> {
    let at = start;
    while (at < end) {
      const tag = this.#varint(at);
      const wireType = tag.value % 8;
      let valueStart = tag.end;
      let stop = valueStart + (FIXED[wireType] ?? 0);
      if (wireType === 0) stop = this.#varint(valueStart).end;
      else if (wireType === 2) {
        const length = this.#varint(valueStart);
        valueStart = length.end;
        stop = length.end + length.value;
      } else check(wireType in FIXED, `wire type ${wireType} at offset ${at}`);
      check(stop <= end, `field at offset ${at}`);
      yield { number: Math.floor(tag.value / 8), wireType, start: at, valueStart, end: stop };
      at = stop;
    }
  }

  /** Of at most 64 bits; above 2^53 it is not exact, and no length. */
  #varint(byteOffset: number): { readonly value: number; readonly end: number } {
    let value = 0;
    let scale = 1;
    for (let at = byteOffset; at < byteOffset + 10; at++) {
      const part = this.#find(at);
      if (!part) break;
      const byte = part.bytes[at - part.byteOffset];
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return { value, end: at + 1 };
    }
    throw corrupt(`number at offset ${byteOffset}`);
  }

  #find(byteOffset: number): Part | null {
    const holds = ({ byteOffset: start, bytes }: Part) => byteOffset >= start && byteOffset < start + bytes.length;
    if (this.#current < this.#parts.length && holds(this.#parts[this.#current])) return this.#parts[this.#current];
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#parts[middle].byteOffset <= byteOffset) low = middle;
      else high = middle - 1;
    }
    const part = this.#parts[low];
    if (!part || !holds(part)) return null;
    this.#current = low;
    return part;
  }
}
