import { assertRange, type ByteSource } from '../core/index.js';

const WINDOW = 262144;

/** A source read through one window of 256 kB, for a reader that goes forward in small steps. */
export class WindowSource implements ByteSource {
  readonly byteLength: number;
  #window = new Uint8Array(0);
  #start = 0;

  constructor(readonly parent: ByteSource) {
    this.byteLength = parent.byteLength;
  }

  /** The byte at `byteOffset`, which must lie within the source. */
  byteAt(byteOffset: number): number {
    const inner = byteOffset - this.#start;
    if (inner >= 0 && inner < this.#window.length) return this.#window[inner];
    this.#moveTo(byteOffset);
    return this.#window[0];
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    if (target.length > WINDOW / 4) {
      this.parent.readInto(target, byteOffset);
      return;
    }
    if (byteOffset < this.#start || byteOffset + target.length > this.#start + this.#window.length) {
      this.#moveTo(byteOffset);
    }
    const inner = byteOffset - this.#start;
    target.set(this.#window.subarray(inner, inner + target.length));
  }

  #moveTo(byteOffset: number): void {
    this.#window = new Uint8Array(Math.min(WINDOW, this.byteLength - byteOffset));
    this.#start = byteOffset;
    this.parent.readInto(this.#window, byteOffset);
  }
}
