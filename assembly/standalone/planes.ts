// Plain numbers, plane by plane: docs/format.md, section 2.4, PLANES. Specification: decodePlanes in src/codec/planes.ts.

import { check, error } from "./error";
import { fillFrequencies, maxStep } from "./frequencies";
import { allocated, release, takeZeros } from "./memory";
import { ANY, Numbers } from "./numbers";
import { decodeSymbols } from "./symbols";

const RESOLUTION: u32 = 8;
const ALPHABET: u32 = 256;
/** In a table, a byte from here on is a run of byte − 127 zeros. */
const ZERO_RUN: u32 = 128;

const numbers = changetype<Numbers>(memory.data(16, 8));
/** u8[256], u16[256] */
const STEPS = memory.data(256, 16);
const FREQUENCIES = memory.data(512, 16);
/** The only part of a stream. */
const PART = memory.data(8, 8);

/** @param target `byteLength` bytes, written: a whole number of elements of `stride` bytes */
export function decodePlanes(packed: usize, packedLength: usize, stride: u32, byteLength: u32, target: usize): void {
  numbers.open(packed, packedLength);
  const count = byteLength / stride;
  for (let plane: u32 = 0; plane < stride && !error; plane++) {
    const mark = allocated();
    const isRaw = numbers.uint(1) == 0;
    const symbols = isRaw ? numbers.take(count) : decodePlane(count);
    if (!error) {
      for (let i: u32 = 0, at = target + plane; i < count; i++, at += stride) store<u8>(at, load<u8>(symbols + i));
    }
    release(mark);
  }
  check(numbers.at == numbers.end);
}

function decodePlane(count: u32): usize {
  const length = numbers.uint(ANY);
  readSteps();
  const stream = numbers.take(length);
  const contexts = takeZeros(count);
  if (error) return 0;
  fillFrequencies(STEPS, ALPHABET, RESOLUTION, FREQUENCIES);
  store<u32>(PART, count);
  return decodeSymbols(stream, <usize>length, count, FREQUENCIES, 1, 1, ALPHABET, contexts, PART, 1, 0);
}

function readSteps(): void {
  memory.fill(STEPS, 0, ALPHABET);
  for (let i: u32 = 0; i < ALPHABET && !error;) {
    const at = numbers.take(1);
    if (error) return;
    const byte = <u32>load<u8>(at);
    if (byte < ZERO_RUN) store<u8>(STEPS + i++, min<i32>(byte, maxStep(RESOLUTION)));
    else i += byte - ZERO_RUN + 1;
  }
}
