// The whole decoder in one module, for hosts that are not JavaScript: it imports nothing, and these four functions and its memory are
// all that a host meets. Specification: docs/format.md, section 5, and src/codec, whose checks and codes these are.

import { decodeFile, onnx, onnxLength } from "./standalone/decode-file";
import { clearError, error } from "./standalone/error";
import { allocated, release, take } from "./standalone/memory";

/** The file, and where memory begins that is free for decoding it. */
let file: usize = 0;
let fileLength: u32 = 0;
let free: usize = 0;

/**
 * Room for a file. Whatever there was before, files and results, is gone.
 *
 * @returns where to write its bytes; 0 when there is no memory for them
 */
export function allocate(length: u32): usize {
  clearError();
  release(__heap_base);
  file = take(length);
  fileLength = file ? length : 0;
  free = allocated();
  return file;
}

/**
 * Decodes the file, which stays as it is.
 *
 * @returns where the ONNX file is, until the next call of this or of `allocate`; 0 for a file that is refused: `errorCode` says why
 */
export function decode(): usize {
  clearError();
  release(free);
  decodeFile(file, fileLength);
  return error ? 0 : onnx;
}

/** Bytes of the ONNX file. */
export function decodedLength(): u32 {
  return onnxLength;
}

/** What the last call of `allocate` or `decode` came upon; see standalone/error.ts. */
export function errorCode(): i32 {
  return error;
}
