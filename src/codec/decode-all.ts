import { type ByteSource, encodeFloats, WringError } from '../core/index.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { createChunkDecoder } from './chunk-decoder.js';
import { chunkWeights } from './chunk-weights.js';
import { INLINE, PLANES } from './format.js';
import { type Head, readHead } from './head.js';
import type { CodedHole } from './layout.js';

/**
 * The ONNX file behind a .wrg file, in memory: what `openWrg` gives piece by piece, without the machinery for that.
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT; E_RANGE when there is no memory for it
 */
export function decodeAll(file: ByteSource, kernels: DecodeKernels): Uint8Array {
  return decodeWithHead(file, readHead(file, kernels), kernels);
}

/** {@link decodeAll} for a head that was read already. */
export function decodeWithHead(file: ByteSource, head: Head, kernels: DecodeKernels): Uint8Array {
  const decoder = createChunkDecoder(file, head, kernels);
  const { holes, literalLength } = head.directory;
  const onnx = allocate(holes.reduce((sum, { byteLength }) => sum + byteLength, literalLength));
  let literal = 0;
  let at = 0;
  const offsets = holes.map(({ gap, byteLength }) => {
    onnx.set(head.literals.subarray(literal, literal + gap), at);
    literal += gap;
    at += gap + byteLength;
    return at - byteLength;
  });
  onnx.set(head.literals.subarray(literal), at);
  head.details.forEach((detail, index) => {
    if (holes[index].mode === INLINE) onnx.set(detail as Uint8Array, offsets[index]);
  });
  decoder.plans.forEach((plan, chunk) => {
    const [first] = plan.holes;
    if (holes[first].mode === PLANES) onnx.set(decoder.planes(chunk), offsets[first] + plan.start);
    else {
      chunkWeights(decoder, chunk, (index, start, weights) => {
        const { dataType, byteLength, elementCount } = holes[index] as CodedHole;
        const size = byteLength / elementCount;
        const offset = offsets[index] + start * size;
        encodeFloats(dataType, weights, onnx.subarray(offset, offset + weights.length * size));
      });
    }
  });
  return onnx;
}

function allocate(byteLength: number): Uint8Array {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw new WringError('E_RANGE', `No memory for ${byteLength} bytes`, { cause });
  }
}
