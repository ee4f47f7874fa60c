import {
  type ByteSource,
  CodingSource,
  ConcatSource,
  MemorySource,
  SliceSource,
  type WeightCoding,
} from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { createChunkDecoder } from './chunk-decoder.js';
import { ChunkReader } from './chunk-reader.js';
import { corrupt } from './corrupt.js';
import { INLINE, PLANES } from './format.js';
import { type Head, readHead } from './head.js';
import { PlanesSource } from './planes-source.js';

/** A tensor of a .wrg file that was coded: where it is in the ONNX file, and what it holds. */
export interface WrgTensor {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly dataType: number;
  readonly dims: readonly number[];
  /** Its codes are decoded when they are asked for; tensors of one codebook share the object. */
  readonly coding: WeightCoding;
}

export interface WrgFile {
  /** The standard ONNX file, decoded as it is read; at most one tensor is held decoded. */
  readonly onnx: ByteSource;
  /** What the writer said about the file: parsed JSON, or undefined. */
  readonly metadata: unknown;
  readonly tensors: readonly WrgTensor[];
}

/**
 * Opens a .wrg file: reads and checks its head, and nothing of the body.
 *
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT; reading `onnx` or codes throws E_CORRUPT
 */
export function openWrg(file: ByteSource, kernels: DecodeKernels): WrgFile {
  return openWithHead(file, readHead(file, kernels), kernels);
}

/** {@link openWrg} for a head that was read already. */
export function openWithHead(file: ByteSource, head: Head, kernels: DecodeKernels): WrgFile {
  const { holes } = head.directory;
  const chunks = new ChunkReader(createChunkDecoder(file, head, kernels));
  const literals = new MemorySource(head.literals);
  const parts: ByteSource[] = [];
  const tensors: WrgTensor[] = [];
  let literal = 0;
  let offset = 0;
  holes.forEach((hole, index) => {
    if (hole.gap > 0) parts.push(new SliceSource(literals, literal, hole.gap));
    literal += hole.gap;
    offset += hole.gap;
    if (hole.mode === INLINE) parts.push(new MemorySource(head.details[index] as Uint8Array));
    else if (hole.mode === PLANES) parts.push(new PlanesSource(chunks, index, hole.byteLength));
    else {
      const { dataType, dims, byteLength } = hole;
      const coding = chunks.coding(index);
      parts.push(new CodingSource(coding, dataType, dims));
      tensors.push({ byteOffset: offset, byteLength, dataType, dims, coding });
    }
    offset += hole.byteLength;
  });
  if (literal < literals.byteLength) parts.push(new SliceSource(literals, literal, literals.byteLength - literal));
  return { onnx: new ConcatSource(parts), metadata: parseMetadata(head), tensors };
}

function parseMetadata({ metadata }: Head): unknown {
  if (metadata.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(metadata));
  } catch {
    throw corrupt('metadata that is not JSON');
  }
}
