// The chunks of a file, which follow from its holes: docs/format.md, section 2.4. Specification: chunksOf in src/codec/layout.ts.

import { check, error } from "./error";
import { CODED, Hole, holeAt, holeCount, INLINE } from "./hole";
import { ANY, Numbers } from "./numbers";
import { lanesFor } from "./symbols";

/** Bytes of a PLANES chunk before coding, symbols of a CODED one. */
const PLANES_CHUNK: u64 = 1 << 20;
const SYMBOLS_CHUNK: u64 = 1 << 18;

/** Of the chunk at hand: its holes are those from the first to the end that are not INLINE. */
export let firstHole: u32 = 0;
export let endHole: u32 = 0;
/** From which element (CODED) or byte (PLANES) of its first hole on, and how many, of all holes. */
export let chunkStart: u64 = 0;
export let chunkCount: u32 = 0;
/** In the body, without checksum; how many of the bytes are escapes. */
export let chunkLength: u64 = 0;
export let escapeLength: u64 = 0;

/** What the directory says of the chunks to come. */
const numbers = changetype<Numbers>(memory.data(16, 8));
/** Where the next chunk begins. */
let nextHole: u32 = 0;
let nextStart: u64 = 0;

/** Begins with the first chunk. */
export function openChunks(lengths: usize, byteLength: usize): void {
  numbers.open(lengths, byteLength);
  nextHole = 0;
  nextStart = 0;
}

/** Goes on to the next chunk. Returns false when there is none, or an error. */
export function nextChunk(): bool {
  if (error || !findChunk()) return false;
  const hole = holeAt(firstHole);
  const coded = hole.mode == CODED;
  chunkLength = numbers.uint(ANY);
  escapeLength = coded && hole.symbols.hasEscapes ? numbers.uint(chunkLength) : 0;
  // So that a file of B bytes cannot stand for more than 2^18 times as many.
  check(chunkLength - escapeLength >= (coded ? 4 * lanesFor(chunkCount) : 1));
  return !error;
}

/** E_CORRUPT if the directory goes on after the last chunk. */
export function checkLastChunk(): void {
  check(numbers.at == numbers.end);
}

function findChunk(): bool {
  for (; nextHole < holeCount; nextHole++) {
    const hole = holeAt(nextHole);
    const total = hole.total;
    if (hole.mode == INLINE || nextStart == total) {
      nextStart = 0;
      continue;
    }
    firstHole = nextHole;
    endHole = nextHole + 1;
    chunkStart = nextStart;
    if (isSmall(hole)) joinHoles(hole);
    else {
      chunkCount = <u32>min(total - nextStart, hole.mode == CODED ? SYMBOLS_CHUNK : PLANES_CHUNK);
      nextStart += chunkCount;
    }
    return true;
  }
  return false;
}

/** Small holes of the same set share a chunk. */
function joinHoles(first: Hole): void {
  let count = first.elementCount;
  for (let i = endHole; i < holeCount; i++) {
    const hole = holeAt(i);
    if (hole.mode == INLINE) continue;
    if (!isSmall(hole) || hole.symbols != first.symbols || count + hole.elementCount > SYMBOLS_CHUNK) break;
    count += hole.elementCount;
    endHole = i + 1;
  }
  chunkCount = <u32>count;
  nextHole = endHole;
}

function isSmall(hole: Hole): bool {
  return hole.mode == CODED && hole.elementCount <= SYMBOLS_CHUNK;
}
