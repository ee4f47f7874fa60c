import { assertRange, type ByteSource } from '../core/index.js';

/** Bytes that are made when they are first read, and kept only as long as memory is not needed for other things. */
export class LazySource implements ByteSource {
  #bytes: WeakRef<Uint8Array> | null = null;

  constructor(
    readonly byteLength: number,
    readonly make: () => Uint8Array,
  ) {}

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    let bytes = this.#bytes?.deref();
    if (!bytes) {
      bytes = this.make();
      this.#bytes = new WeakRef(bytes);
    }
    target.set(bytes.subarray(byteOffset, byteOffset + target.length));
  }
}
