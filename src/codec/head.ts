import { type ByteSource, type Codebook, readBytes, WringError } from '../core/index.js';
import type { DecodeKernels, ReadSection } from '../kernels/decode-kernels.js';
import { ByteReader, unzigzag } from './bytes.js';
import type { ClassMap } from './class-map.js';
import { check } from './corrupt.js';
import {
  CODEBOOK,
  CODED,
  CRC_OFFSET,
  HEAD_SLACK,
  INLINE,
  MAGIC,
  MAX_HEAD_EXPANSION,
  PLANES,
  PREFIX_LENGTH,
  VERSION,
} from './format.js';
import { maxStep } from './frequencies.js';
import { arrayEntries, classMapOf, type Directory, readDirectory } from './layout.js';
import { decodePlanes } from './planes.js';
import { alphabetOf, banksOf, type SymbolSet, unpackBitmap, unpackSteps } from './symbol-set.js';

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

/** The stride of sections whose bytes are text, or protobuf. */
const TEXT = 1;
/** Magic, version, checksum, and five varints of at most eight bytes; a small file may be shorter. */
export const PREFIX_BYTES = PREFIX_LENGTH + 40;

/** What the first bytes of a file say. */
export interface Prefix {
  /** Of the packed head. */
  readonly headOffset: number;
  readonly headLength: number;
  readonly directoryLength: number;
  /** Of the class arrays, where they are not in the head. */
  readonly classOffset: number;
  readonly bodyOffset: number;
  readonly bodyLength: number;
  /** Of the whole file. */
  readonly byteLength: number;
}

/**
 * @param start the first {@link PREFIX_BYTES} bytes, or the whole file
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_CORRUPT
 */
export function readPrefix(start: Uint8Array): Prefix {
  if (MAGIC.some((byte, i) => i < start.length && start[i] !== byte)) {
    throw new WringError('E_NOT_WRG', 'This is no .wrg file; give one that wring has packed');
  }
  if (start.length <= PREFIX_LENGTH) throw wrongLength('E_TRUNCATED', PREFIX_LENGTH + 4, start.length);
  // Version and flags in one, since both must be known.
  const version = uint32At(start, 8);
  if (version !== VERSION) {
    throw new WringError(
      'E_VERSION',
      `Expected .wrg version ${VERSION} but received ${version}; a newer wring may read it`,
    );
  }
  const numbers = new ByteReader(start);
  numbers.at = PREFIX_LENGTH;
  const packedLength = numbers.uint();
  const headLength = numbers.uint();
  const directoryLength = numbers.uint(headLength);
  const classLength = numbers.uint();
  const bodyLength = numbers.uint();
  const classOffset = numbers.at + packedLength;
  const bodyOffset = classOffset + classLength;
  check(headLength <= packedLength * MAX_HEAD_EXPANSION + HEAD_SLACK, `head of ${headLength} bytes`);
  return {
    headOffset: numbers.at,
    headLength,
    directoryLength,
    classOffset,
    bodyOffset,
    bodyLength,
    byteLength: bodyOffset + bodyLength,
  };
}

/**
 * Reads and checks the head of a .wrg file.
 *
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT
 */
export function readHead(file: ByteSource, kernels: DecodeKernels): Head {
  const prefix = readPrefix(readBytes(file, 0, Math.min(file.byteLength, PREFIX_BYTES)));
  const { headOffset, headLength, directoryLength, classOffset, bodyOffset, bodyLength, byteLength } = prefix;
  if (byteLength > file.byteLength) throw wrongLength('E_TRUNCATED', byteLength, file.byteLength);
  const head = readBytes(file, 0, bodyOffset);
  const packed = head.slice(headOffset, classOffset);
  const classes = head.slice(classOffset);
  const expected = uint32At(head, CRC_OFFSET);
  // What the checksum covers: all that stands before the body, without the checksum.
  head.copyWithin(PREFIX_LENGTH - CRC_OFFSET, 0, CRC_OFFSET);
  const found = kernels.crc32(head.subarray(PREFIX_LENGTH - CRC_OFFSET));
  check(found === expected, 'checksum of the head');
  if (byteLength < file.byteLength) throw wrongLength('E_TRAILING', byteLength, file.byteLength);
  return kernels.decodeBytes(packed, headLength, (read) => {
    const directory = readDirectory(new ByteReader(read(directoryLength, TEXT)));
    checkLengths(directory, bodyLength);
    const readClasses = classes.length > 0 ? unpackClasses(classes, directory, kernels) : readRow;
    return { directory, ...readSections(read, readClasses, directory), bodyOffset };

    function readRow(length: number): Uint8Array {
      return read(length, -length);
    }
  });
}

function uint32At(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
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

/** Class arrays that stand behind the head, in one plane. */
function unpackClasses(
  packed: Uint8Array,
  { holes }: Directory,
  kernels: DecodeKernels,
): (length: number) => Uint8Array {
  const count = holes.reduce((sum, hole) => sum + (hole.mode === CODED ? arrayEntries(hole) : 0), 0);
  check(count <= packed.length * MAX_HEAD_EXPANSION, `${count} classes`);
  const plane = decodePlanes(packed, 1, count, kernels);
  let at = 0;
  return (length) => {
    at += length;
    return plane.subarray(at - length, at);
  };
}

function readSections(
  read: ReadSection,
  readClasses: (length: number) => Uint8Array,
  directory: Directory,
): Omit<Head, 'directory' | 'bodyOffset'> {
  const metadata = read(directory.metadataLength, TEXT);
  const literals = read(directory.literalLength, TEXT);
  const sets = directory.sets.map((entry) => {
    const { kind, size, directCount, resolution, classes } = entry;
    const direct =
      directCount < size ? unpackBitmap(read(Math.ceil(size / 8), TEXT), size) : new Uint8Array(size).fill(1);
    check(direct.reduce((sum, one) => sum + one, 0) === directCount, `${directCount} symbols`);
    const alphabet = alphabetOf(size, directCount);
    const steps = unpackSteps(read(banksOf(kind) * classes * alphabet, -alphabet), alphabet, maxStep(resolution));
    const codebook = kind === CODEBOOK ? { values: readFloats(read, size) } : null;
    return { set: { ...entry, direct, steps }, codebook };
  });
  const details = directory.holes.map((hole) => {
    if (hole.mode === INLINE) return reverseElements(read(hole.byteLength, hole.stride), hole.stride);
    if (hole.mode === PLANES) return null;
    const map = classMapOf(hole, (length) => new Int8Array(readClasses(length).map(unzigzag).buffer));
    return { map, scales: readFloats(read, hole.scaleCount) };
  });
  return { metadata, literals, sets, details };
}

function readFloats(read: ReadSection, count: number): Float32Array {
  const values = new Float32Array(reverseElements(read(4 * count, 4), 4).buffer);
  check(values.every(Number.isFinite), 'number that is not finite');
  return values;
}

function reverseElements(bytes: Uint8Array, stride: number): Uint8Array {
  if (stride > 1) for (let i = 0; i < bytes.length; i += stride) bytes.subarray(i, i + stride).reverse();
  return bytes;
}

function wrongLength(code: 'E_TRUNCATED' | 'E_TRAILING', expected: number, received: number): WringError {
  return new WringError(code, `Expected ${expected} bytes but received ${received}; get the file anew`);
}
