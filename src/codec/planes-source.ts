import { assertRange, type ByteSource } from '../core/index.js';
import type { ChunkReader } from './chunk-reader.js';
import { PLANES_CHUNK } from './format.js';

/** The bytes of a PLANES hole, decoded chunk by chunk as they are read. */
export class PlanesSource implements ByteSource {
  constructor(
    readonly chunks: ChunkReader,
    readonly hole: number,
    readonly byteLength: number,
  ) {}

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    for (let filled = 0; filled < target.length; ) {
      const at = byteOffset + filled;
      const bytes = this.chunks.planes(this.hole, Math.floor(at / PLANES_CHUNK));
      const from = at % PLANES_CHUNK;
      const part = bytes.subarray(from, Math.min(bytes.length, from + target.length - filled));
      target.set(part, filled);
      filled += part.length;
    }
  }
}
