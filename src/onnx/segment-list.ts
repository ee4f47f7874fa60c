import { type ByteSource, ConcatSource, MemorySource, readBytes, SliceSource, type Tensor } from '../core/index.js';
import type { Segment } from './segment.js';

const LARGEST_GATHERED = 65536;

/** Segments in the making: neighbouring literal ranges of one source become one. */
export class SegmentList {
  readonly segments: Segment[] = [];
  byteLength = 0;

  literal(bytes: Uint8Array): void {
    if (bytes.length > 0) this.add({ source: new MemorySource(bytes), tensor: null });
  }

  /** Bytes [start, end) of `source`, literally. */
  range(source: ByteSource, start: number, end: number): void {
    if (end > start) this.add({ source: new SliceSource(source, start, end - start), tensor: null });
  }

  tensor(tensor: Tensor): void {
    if (tensor.source.byteLength > 0) this.add({ source: tensor.source, tensor });
  }

  append(other: SegmentList): void {
    for (const segment of other.segments) this.add(segment);
  }

  add(segment: Segment): void {
    this.byteLength += segment.source.byteLength;
    const last = this.segments.at(-1);
    const joined = last && join(last, segment);
    if (joined) this.segments[this.segments.length - 1] = joined;
    else this.segments.push(segment);
  }
}

/** Neighbouring literals of up to 64 kB become one in memory, so that a model has about two segments per tensor. */
export function gatherLiterals(segments: readonly Segment[]): Segment[] {
  const gathered: Segment[] = [];
  let small: ByteSource[] = [];
  const flush = (): void => {
    if (small.length > 0) gathered.push({ source: new MemorySource(readBytes(new ConcatSource(small))), tensor: null });
    small = [];
  };
  for (const segment of segments) {
    if (segment.tensor === null && segment.source.byteLength <= LARGEST_GATHERED) {
      small.push(segment.source);
    } else {
      flush();
      gathered.push(segment);
    }
  }
  flush();
  return gathered;
}

/** How many bytes a list of segments stands for. */
export function totalByteLength(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.source.byteLength, 0);
}

function join(a: Segment, b: Segment): Segment | null {
  if (a.tensor || b.tensor) return null;
  if (!(a.source instanceof SliceSource) || !(b.source instanceof SliceSource)) return null;
  if (a.source.parent !== b.source.parent || a.source.byteOffset + a.source.byteLength !== b.source.byteOffset) {
    return null;
  }
  const byteLength = a.source.byteLength + b.source.byteLength;
  return { source: new SliceSource(a.source.parent, a.source.byteOffset, byteLength), tensor: null };
}
