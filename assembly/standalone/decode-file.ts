import { crc32 } from "../kernels/crc32";
import { chunkCount, chunkLength, chunkStart, escapeLength, firstHole, nextChunk } from "./chunks";
import { decodeCoded } from "./coded";
import { readClasses, readDetails } from "./details";
import { byteLength, metadataLength, readDirectory, rewindChunks, skeletonLength } from "./directory";
import { check, error } from "./error";
import { CODED, holeAt, holeCount, INLINE } from "./hole";
import { allocated, release, take } from "./memory";
import { decodePlanes } from "./planes";
import {
  bodyAt,
  bodyLength,
  classesAt,
  classesLength,
  directoryLength,
  headLength,
  packedAt,
  packedLength,
  readPrefix,
} from "./prefix";
import { openHead, readSection, TEXT } from "./sections";
import { prepareSet } from "./symbol-set";

/** CRC-32 of any bytes followed by their own CRC-32. */
const RESIDUE: u32 = 0x2144df1c;

/** The ONNX file, once there is no error. */
export let onnx: usize = 0;
export let onnxLength: u32 = 0;

/** Decodes a .wrg file: what src/codec/decode-all.ts does. Its bytes are the same afterwards. */
export function decodeFile(file: usize, length: u32): void {
  onnxLength = 0;
  readPrefix(file, length);
  if (error) return;
  openHead(packedAt, packedLength, headLength);
  const directory = readSection(directoryLength, TEXT);
  if (error) return;
  readDirectory(directory, directoryLength, bodyLength);
  if (error) return;
  readClasses(classesAt, classesLength);
  readSection(metadataLength, TEXT);
  const skeleton = readSection(skeletonLength, TEXT);
  readDetails();
  onnx = take(byteLength);
  if (error) return;
  copyHead(skeleton);
  let chunk = bodyAt;
  for (rewindChunks(); nextChunk(); chunk += <usize>chunkLength + 4) decodeChunk(chunk);
  if (!error) onnxLength = <u32>byteLength;
}

/** Writes what no chunk gives, and finds out where the rest belongs. */
function copyHead(skeleton: usize): void {
  const end = skeleton + <usize>skeletonLength;
  let at = onnx;
  for (let i: u32 = 0; i < holeCount; i++) {
    const hole = holeAt(i);
    memory.copy(at, skeleton, <usize>hole.gap);
    skeleton += <usize>hole.gap;
    at += <usize>hole.gap;
    hole.target = at;
    if (hole.mode == INLINE) memory.copy(at, hole.bytes, <usize>hole.byteLength);
    at += <usize>hole.byteLength;
  }
  memory.copy(at, skeleton, end - skeleton);
}

/** Writes what the chunk at hand gives. */
function decodeChunk(chunk: usize): void {
  const length = <usize>chunkLength;
  const hole = holeAt(firstHole);
  check(crc32(chunk, <i32>length + 4) == RESIDUE);
  if (hole.mode == CODED) prepareSet(hole.symbols);
  if (error) return;
  const mark = allocated();
  if (hole.mode == CODED) decodeCoded(chunk, chunk + length - <usize>escapeLength, <usize>escapeLength);
  else decodePlanes(chunk, length, hole.stride, chunkCount, hole.target + <usize>chunkStart);
  release(mark);
}
