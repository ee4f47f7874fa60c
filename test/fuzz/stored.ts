import { ByteWriter } from '../../src/codec/bytes.js';
import { CRC_OFFSET, PREFIX_LENGTH } from '../../src/codec/format.js';
import { readHead, readPrefix } from '../../src/codec/head.js';
import { MemorySource } from '../../src/core/index.js';
import { badStream } from '../../src/kernels/corrupt.js';
import type { DecodeKernels } from '../../src/kernels/decode-kernels.js';
import { crc32 } from '../../src/kernels/reference/crc32.js';

/** A .wrg file taken apart, so that any piece can lie while the checksums are right. */
export interface FilePieces {
  /** Magic, version, flags. */
  readonly prefix: Uint8Array;
  readonly directory: Uint8Array;
  /** The sections of the head after the directory, unpacked, one after the other. */
  readonly sections: Uint8Array;
  /** Class arrays that stand behind the head. */
  readonly classes: Uint8Array;
  /** Of each chunk of the body, without checksum. */
  readonly chunks: readonly Uint8Array[];
}

/** What the file says of itself where it does not tell the truth. */
export interface Lies {
  readonly rawLength?: number;
  readonly directoryLength?: number;
  readonly classLength?: number;
  readonly bodyLength?: number;
}

/**
 * The kernels of a dialect in which the head is stored, not packed: the byte coder takes nearly all of the time of decoding a
 * small file, and no lie of a directory survives a change in its stream.
 */
export function storedDialect(kernels: DecodeKernels): DecodeKernels {
  return {
    ...kernels,
    decodeBytes(stream, capacity, use) {
      let at = 0;
      return use((byteLength) => {
        if (byteLength > capacity - at) throw badStream(stream);
        const bytes = new Uint8Array(byteLength);
        bytes.set(stream.subarray(at, at + byteLength));
        at += byteLength;
        return bytes;
      });
    },
  };
}

export function takeApart(file: Uint8Array, kernels: DecodeKernels): FilePieces {
  const read: Uint8Array[] = [];
  const { directory, bodyOffset } = readHead(new MemorySource(file), {
    ...kernels,
    decodeBytes: (stream, capacity, use) =>
      kernels.decodeBytes(stream, capacity, (section) =>
        use((byteLength, stride) => {
          const bytes = section(byteLength, stride);
          read.push(bytes.slice());
          return bytes;
        }),
      ),
  });
  const { classOffset } = readPrefix(file);
  let at = bodyOffset;
  const chunks = directory.chunkLengths.map((length) => {
    at += length + 4;
    return file.slice(at - length - 4, at - 4);
  });
  const [first, ...rest] = read;
  return {
    prefix: file.slice(0, CRC_OFFSET),
    directory: first,
    sections: join(rest),
    classes: file.slice(classOffset, bodyOffset),
    chunks,
  };
}

/** A file of the stored dialect, all checksums right. */
export function putTogether({ prefix, directory, sections, classes, chunks }: FilePieces, lies: Lies = {}): Uint8Array {
  const raw = join([directory, sections]);
  const body = join(chunks.flatMap((chunk) => [chunk, littleEndian(crc32(chunk))]));
  const numbers = new ByteWriter();
  numbers.uint(raw.length);
  numbers.uint(lies.rawLength ?? raw.length);
  numbers.uint(lies.directoryLength ?? directory.length);
  numbers.uint(lies.classLength ?? classes.length);
  numbers.uint(lies.bodyLength ?? body.length);
  const file = join([prefix, new Uint8Array(4), numbers.bytes(), raw, classes, body]);
  file.set(littleEndian(headChecksum(file, PREFIX_LENGTH + numbers.length + raw.length + classes.length)), CRC_OFFSET);
  return file;
}

/** Sets the checksum of a head that ends at `bodyOffset`. */
export function fixHead(file: Uint8Array, bodyOffset: number): void {
  if (file.length >= PREFIX_LENGTH) file.set(littleEndian(headChecksum(file, bodyOffset)), CRC_OFFSET);
}

function headChecksum(file: Uint8Array, bodyOffset: number): number {
  return crc32(file.subarray(PREFIX_LENGTH, bodyOffset), crc32(file.subarray(0, CRC_OFFSET)));
}

function littleEndian(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
