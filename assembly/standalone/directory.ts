// The first section of the head: docs/format.md, section 2.1. Specification: readDirectory in src/codec/layout.ts.

import { checkLastChunk, chunkLength, nextChunk, openChunks } from "./chunks";
import { check, error } from "./error";
import { holeAt, holeCount, INLINE, readHoles } from "./hole";
import { ANY, Numbers } from "./numbers";
import { readSets } from "./symbol-set";

/** Bytes of at least 32 chunks. */
const MANY_CHUNKS: u64 = 32 << 20;

export let metadataLength: u64 = 0;
export let skeletonLength: u64 = 0;
/** Of the ONNX file. */
export let byteLength: u64 = 0;

const numbers = changetype<Numbers>(memory.data(16, 8));

/** Reads and checks all of it. */
export function readDirectory(directory: usize, length: u64, bodyLength: u64): void {
  numbers.open(directory, <usize>length);
  metadataLength = numbers.uint(ANY);
  skeletonLength = numbers.uint(ANY);
  readSets(numbers);
  readHoles(numbers);
  if (error) return;
  // Each chunk has at least one byte here, so holes that ask for more chunks than there are bytes end at once.
  let chunks: u64 = 0;
  for (let i: u32 = 0; i < holeCount; i++) {
    if (holeAt(i).mode != INLINE) chunks += holeAt(i).byteLength / MANY_CHUNKS;
  }
  check(chunks <= length);
  let body: u64 = 0;
  for (rewindChunks(); nextChunk();) body = min(body + chunkLength + 4, ANY);
  checkLastChunk();
  checkGaps();
  check(body == bodyLength);
}

/** Begins with the first chunk, for once more. */
export function rewindChunks(): void {
  openChunks(numbers.at, numbers.end - numbers.at);
}

function checkGaps(): void {
  let gaps: u64 = 0;
  byteLength = skeletonLength;
  for (let i: u32 = 0; i < holeCount && !error; i++) {
    gaps += holeAt(i).gap;
    byteLength += holeAt(i).byteLength;
    check(gaps <= skeletonLength && byteLength <= ANY);
  }
}
