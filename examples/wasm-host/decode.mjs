// Decodes a .wrg file to ONNX with standalone.wasm and section 5 of docs/format.md, and nothing of wring's JavaScript.
//
//   node decode.mjs standalone.wasm model.wrg model.onnx

import { readFileSync, writeFileSync } from 'node:fs';

const ERRORS = ['', 'E_NOT_WRG', 'E_VERSION', 'E_TRUNCATED', 'E_TRAILING', 'E_CORRUPT', 'E_RANGE'];

const [wasm, source, target] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(wasm));
const { memory, allocate, decode, decodedLength, errorCode } = instance.exports;
const file = readFileSync(source);
writeFileSync(target, bytesAt(decodeFile(), decodedLength() >>> 0));

function decodeFile() {
  const pointer = allocate(file.length);
  if (pointer !== 0) {
    bytesAt(pointer, file.length).set(file);
    const onnx = decode();
    if (onnx !== 0) return onnx;
  }
  throw new Error(`${source}: ${ERRORS[errorCode()]}`);
}

/** Good until the memory grows, as it may in any call. */
function bytesAt(pointer, length) {
  return new Uint8Array(memory.buffer, pointer >>> 0, length);
}
