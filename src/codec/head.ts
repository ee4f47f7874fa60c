import { type ByteSource, type Codebook, readBytes, WringError } from '../core/index.js';
import { ByteDecoder } from './byte-coder.js';
import { ByteReader } from './bytes.js';
import type { ClassMap } from './class-map.js';
import { check } from './corrupt.js';
import { crc32 } from './crc32.js';
import { CRC_OFFSET, HEAD_SLACK, MAGIC, MAX_HEAD_EXPANSION, Mode, PREFIX_LENGTH, SetKind, VERSION } from './format.js';
import { maxStep } from './frequencies.js';
import { classMapOf, type Directory, readDirectory } from './layout.js';
import { alphabetOf, type SymbolSet, unpackBitmap, unpackSteps } from './symbol-set.js';

/** All that stands before the body, checked and unpacked. */
export interface Head {
  readonly directory: Directory;
  readonly metadata: Uint8Array;
  readonly literals: Uint8Array;
  readonly sets: readonly { readonly set: SymbolSet; readonly codebook: Codebook | null }[];
  /** Per hole: the inline bytes, or class map and scales, or null. */
  readonly details: readonly (Uint8Array | CodedDetail | null)[];
  readonly bodyOffset: number;
}

export interface CodedDetail {
  readonly map: ClassMap;
  readonly scales: Float32Array;
}

/** Four varints of at most eight bytes. */
const NUMBERS = 32;

/**
 * Reads and checks the head of a .wrg file.
 *
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export function readHead(file: ByteSource): Head {
  const start = readBytes(file, 0, Math.min(file.byteLength, PREFIX_LENGTH + NUMBERS));
  if (MAGIC.some((byte, i) => i < start.length && start[i] !== byte)) {
    throw new WringError('E_NOT_WRG', 'This is no .wrg file; give one that wring has packed');
  }
  if (start.length <= PREFIX_LENGTH) throw truncated(PREFIX_LENGTH + 4, start.length);
  const view = new DataView(start.buffer);
  // Version and flags in one, since both must be known.
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw new WringError(
      'E_VERSION',
      `Expected .wrg version ${VERSION} but received ${version}; a newer wring may read it`,
    );
  }
  const numbers = new ByteReader(start);
  numbers.at = PREFIX_LENGTH;
  const packedLength = numbers.uint();
  const rawLength = numbers.uint();
  const directoryLength = numbers.uint(rawLength);
  const bodyLength = numbers.uint();
  const bodyOffset = numbers.at + packedLength;
  if (bodyOffset + bodyLength > file.byteLength) throw truncated(bodyOffset + bodyLength, file.byteLength);
  const packed = readBytes(file, numbers.at, packedLength);
  const checksum = crc32(
    packed,
    crc32(start.subarray(PREFIX_LENGTH, numbers.at), crc32(start.subarray(0, CRC_OFFSET))),
  );
  check(checksum === view.getUint32(CRC_OFFSET, true), 'checksum of the head');
  if (bodyOffset + bodyLength < file.byteLength) {
    throw new WringError(
      'E_TRAILING',
      `Expected ${bodyOffset + bodyLength} bytes but received ${file.byteLength}; get the file anew`,
    );
  }
  check(rawLength <= packedLength * MAX_HEAD_EXPANSION + HEAD_SLACK, `head of ${rawLength} bytes`);
  const decoder = new ByteDecoder(packed, rawLength);
  const directory = readDirectory(new ByteReader(decoder.read(directoryLength)));
  checkLengths(directory, bodyLength);
  return { directory, ...readSections(decoder, directory), bodyOffset };
}

function checkLengths({ holes, literalLength, chunkLengths }: Directory, bodyLength: number): void {
  let literals = 0;
  let total = literalLength;
  for (const { gap, byteLength } of holes) {
    literals += gap;
    total += byteLength;
  }
  check(literals <= literalLength, `skeleton of ${literals} bytes`);
  check(total <= Number.MAX_SAFE_INTEGER, `${total} decoded bytes`);
  const body = chunkLengths.reduce((sum, length) => sum + length + 4, 0);
  check(body === bodyLength, `body of ${body} bytes`);
}

function readSections(decoder: ByteDecoder, directory: Directory): Omit<Head, 'directory' | 'bodyOffset'> {
  const metadata = decoder.read(directory.metadataLength);
  const literals = decoder.read(directory.literalLength);
  const sets = directory.sets.map(({ kind, min, size, directCount, resolution, classes }) => {
    const direct = new Uint8Array(size).fill(1);
    if (directCount < size) direct.set(unpackBitmap(decoder.read(Math.ceil(size / 8)), size));
    check(direct.reduce((sum, one) => sum + one, 0) === directCount, `${directCount} symbols`);
    const alphabet = alphabetOf(size, directCount);
    const steps = unpackSteps(decoder.read(classes * alphabet, alphabet), alphabet, maxStep(resolution));
    const codebook = kind === SetKind.CODEBOOK ? { values: readFloats(decoder, size) } : null;
    return { set: { kind, min, size, direct, classes, resolution, steps }, codebook };
  });
  const details = directory.holes.map((hole) => {
    if (hole.mode === Mode.INLINE) return reverseElements(decoder.read(hole.byteLength, hole.stride), hole.stride);
    if (hole.mode === Mode.PLANES) return null;
    const map = classMapOf(hole, (length) =>
      Int8Array.from(decoder.read(length), (x) => (x & 1 ? -(x + 1) / 2 : x / 2)),
    );
    return { map, scales: readFloats(decoder, hole.scaleCount) };
  });
  return { metadata, literals, sets, details };
}

function readFloats(decoder: ByteDecoder, count: number): Float32Array {
  const values = new Float32Array(reverseElements(decoder.read(4 * count, 4), 4).buffer);
  check(values.every(Number.isFinite), 'number that is not finite');
  return values;
}

function reverseElements(bytes: Uint8Array, stride: number): Uint8Array {
  if (stride > 1) for (let i = 0; i < bytes.length; i += stride) bytes.subarray(i, i + stride).reverse();
  return bytes;
}

function truncated(expected: number, received: number): WringError {
  return new WringError('E_TRUNCATED', `Expected ${expected} bytes but received ${received}; get the file anew`);
}
