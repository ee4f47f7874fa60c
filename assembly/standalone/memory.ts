// All memory above the module's constants, handed out from bottom to top; who releases down to a mark gives back all that came after.

import { E_RANGE, error, fail } from "./error";

/** How far SIMD reads and writes beyond an array. */
const PADDING: u64 = 64;
/** A page less than there can be, so that no pointer near the end wraps. */
const MOST: u64 = 0xffff0000;

let top: usize = __heap_base;

export function allocated(): usize {
  return top;
}

/** Gives back what was taken since `allocated()` was `mark`. */
export function release(mark: usize): void {
  top = mark;
}

/** A pointer to bytes of any content, at a multiple of 64; 0 and E_RANGE when there are not so many. 0 after any error. */
export function take(length: u64): usize {
  if (error) return 0;
  const start = ((<u64>top + 63) >> 6) << 6;
  if (length > MOST || start + length + PADDING > MOST || !reach(<usize>(start + length + PADDING))) {
    fail(E_RANGE);
    return 0;
  }
  top = <usize>(start + length + PADDING);
  return <usize>start;
}

export function takeZeros(length: u64): usize {
  const start = take(length);
  if (start) memory.fill(start, 0, <usize>length);
  return start;
}

/** Grows the memory by an eighth at least where that can be had, so that many small steps do not grow it one by one. */
function reach(end: usize): bool {
  const pages = memory.size();
  const missing = <i32>((end + 0xffff) >> 16) - pages;
  if (missing <= 0) return true;
  return memory.grow(max(missing, pages >> 3)) >= 0 || memory.grow(missing) >= 0;
}
