import { WringError } from '../core/index.js';
import { crc32 } from '../kernels/reference/crc32.js';

/** Where a training keeps its state; writing replaces what was there, all of it or nothing. */
export interface CheckpointStore {
  /** For messages. */
  readonly name: string;
  /** null: there is none. @throws {WringError} E_IO */
  load(): Promise<Uint8Array | null>;
  /** @throws {WringError} E_IO */
  save(bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

export interface Checkpoint<Header = unknown> {
  /** What JSON can say; numbers come back exactly. */
  readonly header: Header;
  readonly arrays: readonly (Float32Array | Uint8Array)[];
}

const MAGIC = 'WRINGTR1';
const HEAD = 16;

/**
 * The state of a training as bytes, little-endian:
 *
 *   8 bytes  "WRINGTR1"
 *   u32      byte length of the JSON text
 *   u32      CRC-32 of bytes 8 to 11, and of all from 16 on
 *   …        JSON: { header, arrays: [[bytes of an element, 4 or 1; elements] of each] }, filled up with spaces to 4 bytes
 *   …        the arrays, float32 or bytes, one after another
 */
export function encodeCheckpoint({ header, arrays }: Checkpoint): Uint8Array {
  const layout = arrays.map((array) => [array.BYTES_PER_ELEMENT, array.length]);
  const json = new TextEncoder().encode(JSON.stringify({ header, arrays: layout }));
  const textLength = Math.ceil(json.length / 4) * 4;
  const bytes = new Uint8Array(HEAD + textLength + arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  bytes.set(new TextEncoder().encode(MAGIC));
  bytes.fill(32, HEAD, HEAD + textLength).set(json, HEAD);
  let offset = HEAD + textLength;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(8, textLength, true);
  view.setUint32(12, checksum(bytes), true);
  return bytes;
}

/**
 * @param name for messages
 * @throws {WringError} E_CORRUPT for anything that {@link encodeCheckpoint} has not written, whole
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const corrupt = (what: string) =>
    new WringError('E_CORRUPT', `"${name}" ${what}; remove it, and the training begins anew`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD || new TextDecoder().decode(bytes.subarray(0, 8)) !== MAGIC) {
    throw corrupt('is no state of a training');
  }
  if (checksum(bytes) !== view.getUint32(12, true)) throw corrupt('is damaged: its checksum is wrong');
  let offset = HEAD + view.getUint32(8, true);
  const { header, arrays: layout } = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, offset)));
  const arrays = (layout as [size: number, length: number][]).map(([size, length]) => {
    const part = bytes.slice(offset, offset + size * length);
    offset += part.length;
    return size === 4 ? new Float32Array(part.buffer) : part;
  });
  return { header, arrays };
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(HEAD), crc32(bytes.subarray(8, 12)));
}
