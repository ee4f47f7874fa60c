import { floatByteLength } from '../core/index.js';
import { LEAST_PERIOD } from '../kernels/trellis.js';
import { type ByteReader, ByteWriter } from './bytes.js';
import type { ClassMap, Shape } from './class-map.js';
import { shapeOf } from './class-map.js';
import {
  CODEBOOK,
  CODED,
  INLINE,
  lanesFor,
  MAX_ALPHABET,
  MAX_CLASSES,
  MAX_TRELLIS_ALPHABET,
  PLANES,
  PLANES_CHUNK,
  SYMBOLS_CHUNK,
  TRELLIS,
} from './format.js';
import { alphabetOf } from './symbol-set.js';

/** A range of the ONNX file that is not in the skeleton. */
export type Hole = InlineHole | PlanesHole | CodedHole;

interface AnyHole {
  /** Skeleton bytes between the hole before and this one. */
  readonly gap: number;
  readonly byteLength: number;
}
/** Bytes in the head, elements of `stride` bytes, stored most significant byte first. */
export interface InlineHole extends AnyHole {
  readonly mode: typeof INLINE;
  readonly stride: number;
}
/** Bytes in chunks of the body, split in planes by their place in an element of `stride` bytes. */
export interface PlanesHole extends AnyHole {
  readonly mode: typeof PLANES;
  readonly stride: number;
}
/** A tensor of levels or codes. */
export interface CodedHole extends AnyHole {
  readonly mode: typeof CODED;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly elementCount: number;
  readonly shape: Shape;
  readonly set: number;
  readonly axis: number;
  /** Scales of a grid; 0 for a codebook. */
  readonly scaleCount: number;
  /** Bit 0, 1, 2: the class map has rows, columns, taps. */
  readonly arrays: number;
  readonly base: number;
  /** Of the trellis that the levels follow; 0 where there is none. */
  readonly period: number;
}

/** What the directory says of a set; see SymbolSet for the words. */
export interface SetEntry {
  readonly kind: number;
  readonly min: number;
  readonly size: number;
  readonly directCount: number;
  readonly resolution: number;
  readonly classes: number;
}

export interface Directory {
  readonly metadataLength: number;
  readonly literalLength: number;
  readonly sets: readonly SetEntry[];
  readonly holes: readonly Hole[];
  /** Of each chunk, in the order of `chunksOf`. */
  readonly chunkLengths: readonly number[];
  /** Bytes of escaped values at the end of each chunk (0 where the set has no escape). */
  readonly escapeLengths: readonly number[];
}

/** What one chunk of the body holds: part of one hole, or several small coded holes whole. */
export interface ChunkPlan {
  readonly holes: readonly number[];
  /** First byte (PLANES) or element (CODED) of the hole, and how many. */
  readonly start: number;
  readonly count: number;
}

/** The chunks of a file, in order; follows from the holes alone. */
export function chunksOf(holes: readonly Hole[]): ChunkPlan[] {
  const chunks: ChunkPlan[] = [];
  /** The last chunk, if small holes of the same set may join it. */
  let open: { holes: number[]; start: number; count: number; set: number } | null = null;
  holes.forEach((hole, index) => {
    if (hole.mode === INLINE) return;
    const coded = hole.mode === CODED;
    const total = coded ? hole.elementCount : hole.byteLength;
    const limit = coded ? SYMBOLS_CHUNK : PLANES_CHUNK;
    if (!coded || total > limit) {
      open = null;
      for (let start = 0; start < total; start += limit) {
        chunks.push({ holes: [index], start, count: Math.min(limit, total - start) });
      }
    } else if (open && open.set === hole.set && open.count + total <= limit) {
      open.holes.push(index);
      open.count += total;
    } else {
      open = { holes: [index], start: 0, count: total, set: hole.set };
      chunks.push(open);
    }
  });
  return chunks;
}

export function writeDirectory(directory: Directory): Uint8Array {
  const writer = new ByteWriter();
  writer.uint(directory.metadataLength);
  writer.uint(directory.literalLength);
  writer.uint(directory.sets.length);
  for (const set of directory.sets) {
    writer.uint(set.kind);
    writer.int(set.min);
    writer.uint(set.size);
    writer.uint(set.directCount);
    writer.uint(31 - Math.clz32(set.resolution));
    writer.uint(set.classes);
  }
  writer.uint(directory.holes.length);
  for (const hole of directory.holes) {
    writer.uint(hole.gap);
    writer.uint(hole.mode);
    if (hole.mode !== CODED) {
      writer.uint(hole.stride);
      writer.uint(hole.byteLength);
      continue;
    }
    writer.uint(hole.dataType);
    writer.uint(hole.dims.length);
    for (const dim of hole.dims) writer.uint(dim);
    writer.uint(hole.set);
    writer.uint(hole.scaleCount);
    if (hole.scaleCount > 1) writer.uint(hole.axis);
    writer.uint(hole.arrays);
    writer.int(hole.base);
    if (hole.period > 0) writer.uint(hole.period);
  }
  const plans = chunksOf(directory.holes);
  plans.forEach((plan, i) => {
    writer.uint(directory.chunkLengths[i]);
    if (hasEscapes(directory, plan)) writer.uint(directory.escapeLengths[i]);
  });
  return writer.bytes();
}

/** @throws {WringError} E_CORRUPT, E_TRUNCATED or E_SHAPE: every number is checked before it sizes anything */
export function readDirectory(reader: ByteReader): Directory {
  const metadataLength = reader.uint();
  const literalLength = reader.uint();
  const sets: SetEntry[] = [];
  for (let left = reader.uint(reader.bytes.length); left > 0; left--) sets.push(readSet(reader));
  const holes: Hole[] = [];
  for (let left = reader.uint(reader.bytes.length); left > 0; left--) holes.push(readHole(reader, sets));
  const chunkLengths: number[] = [];
  const escapeLengths: number[] = [];
  // Each chunk has at least one byte here, so holes that ask for more chunks than there are bytes end at once.
  let chunks = 0;
  for (const hole of holes) if (hole.mode !== INLINE) chunks += Math.floor(hole.byteLength / (32 * PLANES_CHUNK));
  reader.check(chunks <= reader.bytes.length);
  for (const plan of chunksOf(holes)) {
    const length = reader.uint();
    const escapes = hasEscapes({ sets, holes }, plan) ? reader.uint(length) : 0;
    // So that a file of B bytes cannot stand for more than 2^18 times as many.
    const hole = holes[plan.holes[0]];
    const least = hole.mode === CODED ? 4 * lanesFor(plan.count) : 1;
    reader.check(length - escapes >= least);
    chunkLengths.push(length);
    escapeLengths.push(escapes);
  }
  reader.check(reader.at === reader.bytes.length);
  return { metadataLength, literalLength, sets, holes, chunkLengths, escapeLengths };
}

/** Entries of all class arrays of a hole together. */
export function arrayEntries({ shape, arrays }: Pick<CodedHole, 'shape' | 'arrays'>): number {
  return shape.reduce((sum, length, axis) => sum + ((arrays >> axis) & 1) * length, 0);
}

/** The classes of a hole's map, from its arrays as bytes. */
export function classMapOf(hole: CodedHole, read: (length: number) => Int8Array): ClassMap {
  return {
    base: hole.base,
    rows: hole.arrays & 1 ? read(hole.shape[0]) : null,
    columns: hole.arrays & 2 ? read(hole.shape[1]) : null,
    taps: hole.arrays & 4 ? read(hole.shape[2]) : null,
  };
}

function hasEscapes({ sets, holes }: Pick<Directory, 'sets' | 'holes'>, plan: ChunkPlan): boolean {
  const hole = holes[plan.holes[0]];
  return hole.mode === CODED && sets[hole.set].directCount < sets[hole.set].size;
}

function readSet(reader: ByteReader): SetEntry {
  const kind = reader.uint(TRELLIS);
  const min = reader.int(32768);
  const size = reader.uint(65536);
  const directCount = reader.uint(Math.min(size, MAX_ALPHABET));
  const resolution = 1 << reader.uint(3);
  const classes = reader.uint(MAX_CLASSES);
  const alphabet = alphabetOf(size, directCount);
  const last = min + size - 1;
  const sized = directCount > 0 && classes > 0 && alphabet <= MAX_ALPHABET;
  reader.check(sized && (kind === CODEBOOK ? min === 0 : last <= 32767));
  if (kind === TRELLIS) {
    // Odd symbols are odd numbers, and both banks fit into a byte.
    const halved = size <= MAX_TRELLIS_ALPHABET && directCount === size && Math.abs(min) <= MAX_TRELLIS_ALPHABET;
    reader.check(halved && min % 2 === 0 && size % 2 === 0);
  }
  return { kind, min, size, directCount, resolution, classes };
}

function readHole(reader: ByteReader, sets: readonly SetEntry[]): Hole {
  const gap = reader.uint();
  const mode = reader.uint(CODED);
  if (mode === INLINE || mode === PLANES) {
    const stride = reader.uint(16);
    const byteLength = reader.uint();
    reader.check(stride > 0 && (stride & (stride - 1)) === 0 && byteLength % stride === 0);
    return { gap, mode, stride, byteLength };
  }
  const dataType = reader.uint(255);
  const dims: number[] = [];
  for (let left = reader.uint(255); left > 0; left--) dims.push(reader.uint(0x7fffffff));
  const elementCount = dims.reduce((product, dim) => product * dim, 1);
  const size = floatByteLength(dataType);
  reader.check(size > 0 && elementCount > 0 && elementCount <= 2 ** 45);
  const set = reader.uint(sets.length - 1);
  const scaleCount = reader.uint(0x7fffffff);
  const axis = scaleCount > 1 ? reader.uint(Math.max(0, dims.length - 1)) : 0;
  const { kind } = sets[set];
  const grid = kind !== CODEBOOK;
  reader.check(grid ? scaleCount === 1 || scaleCount === dims[axis] : scaleCount === 0);
  const arrays = reader.uint(7);
  const base = reader.int(128);
  const period = kind === TRELLIS ? reader.uint(SYMBOLS_CHUNK) : 0;
  reader.check(kind !== TRELLIS || period >= LEAST_PERIOD);
  const byteLength = elementCount * size;
  const shape = shapeOf(dims);
  return {
    gap,
    mode: CODED,
    dataType,
    dims,
    elementCount,
    shape,
    set,
    scaleCount,
    axis,
    arrays,
    base,
    period,
    byteLength,
  };
}
