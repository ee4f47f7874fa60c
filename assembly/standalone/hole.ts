// Holes of the ONNX file: docs/format.md, section 2.1. Specification: src/codec/layout.ts.

import { check, error } from "./error";
import { floatByteLength } from "./floats";
import { ANY, Numbers } from "./numbers";
import { setAt, setCount, SymbolSet } from "./symbol-set";

export const INLINE: u32 = 0;
export const PLANES: u32 = 1;
export const CODED: u32 = 2;

const MAX_DIM: u64 = 0x7fffffff;
const MAX_ELEMENTS: u64 = 1 << 45;
const MAX_PERIOD: u32 = 1 << 18;
const LEAST_PERIOD: u32 = 16;

/** A range of the ONNX file that is not in the skeleton. */
@unmanaged
export class Hole {
  /** Skeleton bytes between the hole before and this one. */
  gap: u64;
  byteLength: u64;
  mode: u32;
  /** Bytes of an element. */
  stride: u32;
  /** Where its bytes are in the ONNX file, once there is one. */
  target: usize;
  /** INLINE: its bytes. */
  bytes: usize;

  // CODED: as [rows, columns, taps].
  rows: u64;
  columns: u64;
  taps: u64;
  dataType: u32;
  symbols: SymbolSet;
  scaleCount: u32;
  /** Elements of one index of the axis of the scales. */
  inner: u64;
  /** Bit 0, 1, 2: there are class offsets of rows, columns, taps. */
  arrays: u32;
  base: i32;
  /** Of the trellis; 0 where there is none. */
  period: u32;
  /** f32[scaleCount] */
  scales: usize;
  /** i8[rows], i8[columns], i8[taps], or 0 */
  rowOffsets: usize;
  columnOffsets: usize;
  tapOffsets: usize;

  get elementCount(): u64 {
    return this.rows * this.columns * this.taps;
  }

  /** What its chunks count: elements, or bytes. */
  get total(): u64 {
    return this.mode == CODED ? this.elementCount : this.byteLength;
  }

  /** Entries of all class arrays together. */
  get arrayEntries(): u64 {
    return (this.arrays & 1 ? this.rows : 0) + (this.arrays & 2 ? this.columns : 0) + (this.arrays & 4 ? this.taps : 0);
  }
}

export let holeCount: u32 = 0;
let holes: usize = 0;

export function holeAt(index: u32): Hole {
  return changetype<Hole>(holes + index * offsetof<Hole>());
}

/** What the directory says of the holes. */
export function readHoles(numbers: Numbers): void {
  holeCount = <u32>numbers.uint(numbers.length);
  holes = numbers.takeRoom(holeCount, 4, offsetof<Hole>());
  for (let i: u32 = 0; i < holeCount && !error; i++) readHole(numbers, holeAt(i));
}

function readHole(numbers: Numbers, hole: Hole): void {
  hole.gap = numbers.uint(ANY);
  hole.mode = <u32>numbers.uint(CODED);
  if (error) return;
  if (hole.mode == CODED) {
    readCodedHole(numbers, hole);
    return;
  }
  hole.stride = <u32>numbers.uint(16);
  hole.byteLength = numbers.uint(ANY);
  check(popcnt(hole.stride) == 1 && (hole.byteLength & (hole.stride - 1)) == 0);
}

function readCodedHole(numbers: Numbers, hole: Hole): void {
  hole.dataType = <u32>numbers.uint(255);
  const rank = <u32>numbers.uint(255);
  const dims = numbers.at;
  hole.rows = hole.columns = hole.taps = 1;
  let count: u64 = 1;
  for (let i: u32 = 0; i < rank; i++) {
    const dim = numbers.uint(MAX_DIM);
    count = multiply(count, dim);
    if (i == 0) hole.rows = dim;
    else if (i == 1) hole.columns = dim;
    else hole.taps = multiply(hole.taps, dim);
  }
  hole.stride = floatByteLength(hole.dataType);
  hole.byteLength = count * hole.stride;
  check(hole.stride > 0 && count > 0 && count <= MAX_ELEMENTS);
  const index = numbers.uint(ANY);
  check(index < setCount);
  hole.scaleCount = <u32>numbers.uint(MAX_DIM);
  const axis = hole.scaleCount > 1 ? <u32>numbers.uint(rank ? rank - 1 : 0) : 0;
  if (error) return;
  hole.symbols = setAt(<u32>index);
  if (hole.symbols.isCodebook) check(hole.scaleCount == 0);
  else if (hole.scaleCount != 1) check(rank > 0 && hole.scaleCount == readAxis(numbers, dims, rank, axis, hole));
  hole.arrays = <u32>numbers.uint(7);
  hole.base = numbers.int(128);
  hole.period = hole.symbols.isTrellis ? <u32>numbers.uint(MAX_PERIOD) : 0;
  check(hole.period == 0 || hole.period >= LEAST_PERIOD);
}

/** Beyond `MAX_ELEMENTS` products stay just above it; zero stays zero. */
function multiply(count: u64, dim: u64): u64 {
  return dim && count > MAX_ELEMENTS / dim ? MAX_ELEMENTS + 1 : count * dim;
}

/** Dims once more, now that the axis is known. Returns the one along it. */
function readAxis(numbers: Numbers, dims: usize, rank: u32, axis: u32, hole: Hole): u64 {
  const next = numbers.at;
  numbers.at = dims;
  let length: u64 = 0;
  hole.inner = 1;
  for (let i: u32 = 0; i < rank; i++) {
    const dim = numbers.uint(MAX_DIM);
    if (i == axis) length = dim;
    else if (i > axis) hole.inner *= dim;
  }
  numbers.at = next;
  return length;
}
