import { badStream } from '../corrupt.js';
import { ByteModel } from './byte-model.js';

/** Codes sections of bytes into one stream: a binary arithmetic coder (32-bit interval, carryless) over {@link ByteModel}. */
export class ByteEncoder {
  readonly #model: ByteModel;
  readonly #out: number[] = [];
  #low = 0;
  #high = 0xffffffff;

  /** @param capacity the bytes of all sections together; coder and decoder must be given the same number */
  constructor(capacity: number) {
    this.#model = new ByteModel(capacity);
  }

  /** An empty section is as good as none. For `stride` and `raw` see {@link ByteModel.begin}. */
  write(bytes: Uint8Array, stride = 1, raw = 0): void {
    if (bytes.length === 0) return;
    this.#model.begin(stride, this.#encode, raw);
    for (const byte of bytes) this.#model.next(this.#encode, byte);
  }

  /** The stream; as few bytes as tell the last interval apart, zeros beyond the end understood. */
  finish(): Uint8Array {
    for (let kept = 1; kept <= 4; kept++) {
      const unit = 2 ** (32 - 8 * kept);
      const value = Math.ceil(this.#low / unit) * unit;
      if (value > this.#high) continue;
      for (let k = 0; k < kept; k++) this.#out.push(Math.floor(value / 2 ** (24 - 8 * k)) & 255);
      break;
    }
    while (this.#out.at(-1) === 0) this.#out.pop();
    return Uint8Array.from(this.#out);
  }

  readonly #encode = (probability: number, bit: number): number => {
    const middle = split(this.#low, this.#high, probability);
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#out.push(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
    }
    return bit;
  };
}

/** The mirror of {@link ByteEncoder}. */
export class ByteDecoder {
  readonly #model: ByteModel;
  #at = 0;
  #low = 0;
  #high = 0xffffffff;
  #code = 0;
  #left: number;

  constructor(
    readonly stream: Uint8Array,
    capacity: number,
  ) {
    this.#model = new ByteModel(capacity);
    this.#left = capacity;
    for (let i = 0; i < 4; i++) this.#shift();
  }

  /** @throws {WringError} E_CORRUPT when more is asked for than the capacity */
  read(byteLength: number, stride = 1): Uint8Array {
    if (byteLength > this.#left) throw badStream(this.stream);
    if (byteLength === 0) return new Uint8Array(0);
    this.#left -= byteLength;
    this.#model.begin(stride, this.#decode);
    const bytes = new Uint8Array(byteLength);
    for (let i = 0; i < byteLength; i++) bytes[i] = this.#model.next(this.#decode, 0);
    return bytes;
  }

  readonly #decode = (probability: number): number => {
    const middle = split(this.#low, this.#high, probability);
    const bit = this.#code <= middle ? 1 : 0;
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) this.#shift();
    return bit;
  };

  #shift(): void {
    this.#low = (this.#low << 8) >>> 0;
    this.#high = ((this.#high << 8) | 255) >>> 0;
    this.#code = ((this.#code << 8) | (this.#at < this.stream.length ? this.stream[this.#at++] : 0)) >>> 0;
  }
}

/** The last point of [low, high] that means a one. */
function split(low: number, high: number, probability: number): number {
  const range = high - low;
  return low + Math.floor(range / 65536) * probability + Math.floor(((range % 65536) * probability) / 65536);
}
