import type { ClassedStream, DecodedSymbols, DecodeKernels, ReadSection } from '../decode-kernels.js';
import { ByteDecoder } from './byte-coder.js';
import { crc32 } from './crc32.js';
import { fillClasses } from './fill-classes.js';
import { lookUpFloats } from './look-up-floats.js';
import { decodeRans } from './rans.js';

/** See {@link DecodeKernels}; what decodes where there is no WebAssembly, or none with SIMD. */
export const referenceDecodeKernels: DecodeKernels = { crc32, decodeBytes, decodeClassed };

function decodeBytes<T>(stream: Uint8Array, capacity: number, use: (read: ReadSection) => T): T {
  const decoder = new ByteDecoder(stream, capacity);
  return use((byteLength, stride) => decoder.read(byteLength, stride));
}

function decodeClassed<T>(
  { stream, frequencies, alphabet, banks, lanes, parts }: ClassedStream,
  use: (symbols: DecodedSymbols) => T,
): T {
  const contexts = new Uint8Array(parts.reduce((sum, { count }) => sum + count, 0));
  const classes = frequencies.length / alphabet / banks;
  let filled = 0;
  for (const { map, shape, start, count } of parts) {
    fillClasses(map, shape, classes, start, contexts.subarray(filled, filled + count));
    filled += count;
  }
  const symbols = new Uint8Array(contexts.length);
  decodeRans(stream, frequencies, alphabet, contexts, lanes, parts, classes, symbols);
  return use({
    u8: () => symbols,
    floats(from, count, values) {
      const floats = new Float32Array(count);
      lookUpFloats(symbols.subarray(from, from + count), values, floats);
      return floats;
    },
  });
}
