import { ByteReader, ByteWriter } from '../../src/codec/bytes.js';
import { decodeAll } from '../../src/codec/decode-all.js';
import { CRC_OFFSET, PREFIX_LENGTH } from '../../src/codec/format.js';
import { readPrefix } from '../../src/codec/head.js';
import { MemorySource } from '../../src/core/index.js';
import type { DecodeKernels } from '../../src/kernels/decode-kernels.js';
import { ByteEncoder } from '../../src/kernels/reference/byte-coder.js';
import { fixHead, join, storedDialect } from './stored.js';

/**
 * A file of the stored dialect as a real one that says the same, for decoders that know no dialect: the sections that the
 * library reads of its head, up to where it refuses the file, packed as it reads them.
 */
export function packStored(file: Uint8Array, kernels: DecodeKernels): Uint8Array {
  const dialect = storedDialect(kernels);
  const read: { readonly bytes: Uint8Array; readonly stride: number }[] = [];
  const recording: DecodeKernels = {
    ...dialect,
    decodeBytes: (stream, capacity, use) =>
      dialect.decodeBytes(stream, capacity, (section) =>
        use((byteLength, stride) => {
          const bytes = section(byteLength, stride);
          read.push({ bytes: bytes.slice(), stride });
          return bytes;
        }),
      ),
  };
  try {
    decodeAll(new MemorySource(file), recording);
  } catch {
    // What it read until then is all that counts.
  }
  // Refused before the head.
  if (read.length === 0) return file;
  const { headLength, classOffset, bodyOffset } = readPrefix(file);
  const encoder = new ByteEncoder(headLength);
  for (const { bytes, stride } of read) encoder.write(bytes, stride);
  const packed = encoder.finish();
  const old = new ByteReader(file);
  old.at = PREFIX_LENGTH;
  old.uint();
  const numbers = new ByteWriter();
  numbers.uint(packed.length);
  for (let i = 0; i < 4; i++) numbers.uint(old.uint());
  const prefix = [file.subarray(0, CRC_OFFSET), new Uint8Array(4), numbers.bytes()];
  const result = join([...prefix, packed, file.subarray(classOffset)]);
  fixHead(result, PREFIX_LENGTH + numbers.length + packed.length + bodyOffset - classOffset);
  return result;
}
