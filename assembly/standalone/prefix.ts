// What the first bytes of a file say, and the checksum of all that stands before the body: docs/format.md, section 1.

import { crc32 } from "../kernels/crc32";
import { check, E_NOT_WRG, E_TRAILING, E_TRUNCATED, E_VERSION, error, fail } from "./error";
import { ANY, Numbers } from "./numbers";

const MAGIC = memory.data<u8>([0x89, 0x57, 0x52, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const VERSION: u32 = 3;
const CRC_AT: usize = 12;
const PREFIX_LENGTH: u32 = 16;
/** So that a small file cannot ask for much work. */
const MAX_HEAD_EXPANSION: u64 = 256;
const HEAD_SLACK: u64 = 65536;

const numbers = changetype<Numbers>(memory.data(16, 8));

/** The packed head, and how long it is when it is unpacked. */
export let packedAt: usize = 0;
export let packedLength: usize = 0;
export let headLength: u64 = 0;
export let directoryLength: u64 = 0;
/** Class arrays that are not in the head. */
export let classesAt: usize = 0;
export let classesLength: usize = 0;
export let bodyAt: usize = 0;
export let bodyLength: u64 = 0;

/** E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT */
export function readPrefix(file: usize, length: u32): void {
  for (let i: u32 = 0; i < min<u32>(8, length); i++) if (load<u8>(file + i) != load<u8>(MAGIC + i)) fail(E_NOT_WRG);
  if (length <= PREFIX_LENGTH) fail(E_TRUNCATED);
  // Version and flags in one, since both must be known.
  else if (load<u32>(file, 8) != VERSION) fail(E_VERSION);
  numbers.open(file + PREFIX_LENGTH, length - PREFIX_LENGTH);
  const packed = numbers.uint(ANY);
  headLength = numbers.uint(ANY);
  directoryLength = numbers.uint(headLength);
  const classes = numbers.uint(ANY);
  bodyLength = numbers.uint(ANY);
  check(headLength <= packed * MAX_HEAD_EXPANSION + HEAD_SLACK);
  const rest = <u64>(file + length - numbers.at);
  if (packed + classes + bodyLength > rest) fail(E_TRUNCATED);
  if (error) return;
  packedAt = numbers.at;
  packedLength = <usize>packed;
  classesAt = packedAt + packedLength;
  classesLength = <usize>classes;
  bodyAt = classesAt + classesLength;
  check(headChecksum(file, bodyAt) == load<u32>(file, CRC_AT));
  if (packed + classes + bodyLength < rest) fail(E_TRAILING);
}

/** Of all before `end` but the checksum itself, whose place the bytes before it take for the while. */
function headChecksum(file: usize, end: usize): u32 {
  const expected = load<u32>(file, CRC_AT);
  memory.copy(file + 4, file, CRC_AT);
  const found = crc32(file + 4, <i32>(end - file - 4));
  memory.copy(file + 4, file + 8, CRC_AT - 4);
  store<u32>(file, expected, CRC_AT);
  return found;
}
