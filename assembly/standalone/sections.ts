// The head, unpacked section by section: docs/format.md, sections 2 and 3. A section must stay as it is until the last one has been
// read, because the model looks back at it.

import { decodeBytes, openBytes } from "../kernels/byte-decode";
import { check, E_RANGE, error, fail } from "./error";
import { take, takeZeros } from "./memory";

/** The stride of text, and of anything like it. */
export const TEXT: i32 = 1;

/** src/kernels/primer.ts, and the appendix of docs/format.md. */
// prettier-ignore
const PRIMER = memory.data<u8>([
  0x2a, 0x12, 0x0a, 0x09, 0x64, 0x69, 0x6c, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x73, 0x40, 0x01, 0x40, 0x01, 0xa0, 0x01, 0x07,
  0x2a, 0x0c, 0x0a, 0x05, 0x67, 0x72, 0x6f, 0x75, 0x70, 0x18, 0x01, 0xa0, 0x01, 0x02, 0x2a, 0x15, 0x0a, 0x0c, 0x6b, 0x65,
  0x72, 0x6e, 0x65, 0x6c, 0x5f, 0x73, 0x68, 0x61, 0x70, 0x65, 0x40, 0x03, 0x40, 0x03, 0xa0, 0x01, 0x07, 0x2a, 0x11, 0x0a,
  0x04, 0x70, 0x61, 0x64, 0x73, 0x40, 0x01, 0x40, 0x01, 0x40, 0x01, 0x40, 0x01, 0xa0, 0x01, 0x07, 0x2a, 0x10, 0x0a, 0x07,
  0x73, 0x74, 0x72, 0x69, 0x64, 0x65, 0x73, 0x40, 0x01, 0x40, 0x01, 0xa0, 0x01, 0x07,
]);
const PRIMER_LENGTH: usize = 94;
/** Zeros before the primer: as far as the model looks back. */
const BACK: usize = 64;

/** Bytes of the head that no section has had yet. */
let left: u64 = 0;

/** @param capacity of all sections together */
export function openHead(packed: usize, length: usize, capacity: u64): void {
  // A row of numbers has its length as a negative stride.
  if (capacity > 0x7fffffff) fail(E_RANGE);
  left = capacity;
  let bits: u32 = 12;
  while (bits < 16 && (<u64>1) << bits < capacity) bits++;
  const tables = takeZeros(44 << bits);
  const head = take(BACK + PRIMER_LENGTH + capacity);
  if (error) return;
  memory.fill(head, 0, BACK);
  memory.copy(head + BACK, PRIMER, PRIMER_LENGTH);
  openBytes(packed, length, tables, bits, head + BACK, PRIMER_LENGTH);
}

/**
 * @param stride 1 for text, n for elements of n bytes, −n for rows of n numbers
 * @returns where the next section is; 0 and E_CORRUPT beyond the head's end
 */
export function readSection(length: u64, stride: i32): usize {
  check(length <= left);
  if (error) return 0;
  left -= length;
  return decodeBytes(stride, <usize>length);
}

/** A copy of a section of elements, each with its least significant byte first. */
export function readElements(length: u64, stride: u32): usize {
  const section = readSection(length, stride);
  const elements = take(length);
  if (error) return 0;
  const last = stride - 1;
  for (let i: u32 = 0; i < <u32>length; i++) store<u8>(elements + (i ^ last), load<u8>(section + i));
  return elements;
}

/** f32[count], finite. */
export function readFloats(count: u64): usize {
  const floats = readElements(4 * count, 4);
  for (let i: usize = 0; !error && i < <usize>count; i++) check(isFinite(load<f32>(floats + 4 * i)));
  return floats;
}
