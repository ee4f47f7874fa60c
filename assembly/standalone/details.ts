// The head's sections after the skeleton, and class arrays behind it: docs/format.md, sections 2 and 2.7. Specification: src/codec/head.ts.

import { check, error } from "./error";
import { CODED, Hole, holeAt, holeCount, INLINE } from "./hole";
import { take } from "./memory";
import { unzigzag } from "./numbers";
import { decodePlanes } from "./planes";
import { readElements, readFloats, readSection } from "./sections";
import { readSetSections, setAt, setCount } from "./symbol-set";

/** So that a small file cannot ask for much work. */
const MAX_CLASS_EXPANSION: u64 = 256;

/** The next entry of the class arrays that stand behind the head; 0 if none do. */
let nextClass: usize = 0;

/** Unpacks class arrays that stand behind the head. */
export function readClasses(packed: usize, packedLength: usize): void {
  nextClass = 0;
  if (!packedLength) return;
  const most = packedLength * MAX_CLASS_EXPANSION;
  let entries: u64 = 0;
  for (let i: u32 = 0; i < holeCount && entries <= most; i++) {
    if (holeAt(i).mode == CODED) entries += holeAt(i).arrayEntries;
  }
  check(entries <= most);
  if (error) return;
  nextClass = take(entries);
  if (error) return;
  decodePlanes(packed, packedLength, 1, <u32>entries, nextClass);
}

/** What the head says of sets and holes. */
export function readDetails(): void {
  for (let i: u32 = 0; i < setCount && !error; i++) readSetSections(setAt(i));
  for (let i: u32 = 0; i < holeCount && !error; i++) {
    const hole = holeAt(i);
    if (hole.mode == INLINE) hole.bytes = readElements(hole.byteLength, hole.stride);
    else if (hole.mode == CODED) readCodedDetails(hole);
  }
}

function readCodedDetails(hole: Hole): void {
  hole.rowOffsets = hole.arrays & 1 ? readOffsets(hole.rows) : 0;
  hole.columnOffsets = hole.arrays & 2 ? readOffsets(hole.columns) : 0;
  hole.tapOffsets = hole.arrays & 4 ? readOffsets(hole.taps) : 0;
  hole.scales = readFloats(hole.scaleCount);
}

/** i8[length] */
function readOffsets(length: u64): usize {
  let packed = nextClass;
  if (nextClass) nextClass += <usize>length;
  else packed = readSection(length, -(<i32>length));
  const offsets = take(length);
  if (error) return 0;
  for (let i: u32 = 0; i < <u32>length; i++) store<i8>(offsets + i, unzigzag(load<u8>(packed + i)));
  return offsets;
}
