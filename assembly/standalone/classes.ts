import { fillClasses } from "../kernels/fill-classes";
import { Hole } from "./hole";

/**
 * Writes the classes of elements [start, start + n) of a hole: docs/format.md, section 2.4.
 *
 * @param top     the last class
 * @param classes u8[n], and up to 15 bytes beyond
 */
export function fillHoleClasses(hole: Hole, start: u64, n: u32, top: u32, classes: usize): void {
  let base = hole.base;
  let columns = hole.columnOffsets;
  let taps = hole.tapOffsets;
  let columnCount = hole.columns;
  let tapCount = hole.taps;
  // Runs are along the taps; where there is only one, along the columns.
  if (tapCount == 1) {
    if (taps) base += load<i8>(taps);
    tapCount = columnCount;
    columnCount = 1;
    taps = columns;
    columns = 0;
  }
  const column = start / tapCount;
  // A run without offsets may be longer than 32 bits can say; one with offsets is an array in memory.
  const longest = taps ? tapCount : <u64>n;
  fillClasses(
    hole.rowOffsets ? hole.rowOffsets + <usize>(column / columnCount) : 0,
    columns,
    <usize>columnCount,
    <usize>(column % columnCount),
    taps,
    <usize>min(tapCount, longest),
    <usize>min(tapCount - (start % tapCount), longest),
    base,
    top,
    n,
    classes,
  );
}
