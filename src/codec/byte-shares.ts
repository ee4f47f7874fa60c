import type { ByteSource } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { CODED } from './format.js';
import { readHead } from './head.js';
import { chunksOf } from './layout.js';

/** What one payload of the ONNX file takes in the body of its .wrg file. */
export interface ByteShare {
  /** In the ONNX file. */
  readonly byteOffset: number;
  /** Bytes of the body, checksums and all; 0 for a payload that is in the head. */
  readonly bytes: number;
  /** Whether it shares a chunk with others: then `bytes` is its part by number of elements. */
  readonly shared: boolean;
}

/** What a .wrg file is made of: `head` and the shares add up to the file. @throws {WringError} as `openWrg` */
export function byteShares(file: ByteSource, kernels: DecodeKernels): { head: number; shares: ByteShare[] } {
  const { directory } = readHead(file, kernels);
  const { holes, chunkLengths } = directory;
  const bytes = new Float64Array(holes.length);
  const shared = new Set<number>();
  let body = 0;
  chunksOf(holes).forEach((chunk, i) => {
    const length = chunkLengths[i] + 4;
    body += length;
    for (const index of chunk.holes) {
      const hole = holes[index];
      const part = chunk.holes.length > 1 && hole.mode === CODED ? hole.elementCount / chunk.count : 1;
      bytes[index] += part * length;
      if (chunk.holes.length > 1) shared.add(index);
    }
  });
  let offset = 0;
  const shares = holes.map((hole, i) => {
    const byteOffset = offset + hole.gap;
    offset = byteOffset + hole.byteLength;
    return { byteOffset, bytes: bytes[i], shared: shared.has(i) };
  });
  return { head: file.byteLength - body, shares };
}
