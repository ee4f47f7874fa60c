import { type ByteSource, CodingSource, type WeightCoding, WringError } from '../core/index.js';
import type { RansDecoder } from '../kernels/rans.js';
import { ChunkDecoder } from './chunk-decoder.js';
import { Mode } from './format.js';
import { type CodedDetail, readHead } from './head.js';

/**
 * The ONNX file behind a .wrg file, in memory: what `openWrg` gives piece by piece, without the machinery for that.
 * @throws {WringError} E_NOT_WRG, E_VERSION, E_TRUNCATED, E_TRAILING, E_CORRUPT; E_RANGE when there is no memory for it
 */
export function decodeAll(file: ByteSource, rans: RansDecoder): Uint8Array {
  const head = readHead(file);
  const decoder = new ChunkDecoder(file, head, rans);
  const { holes, literalLength } = head.directory;
  const onnx = allocate(holes.reduce((sum, { byteLength }) => sum + byteLength, literalLength));
  let literal = 0;
  let at = 0;
  // Chunks are in the order of their holes, so one cursor goes through both.
  let chunk = 0;
  let values: Int16Array | Uint16Array = new Int16Array(0);
  let taken = 0;
  holes.forEach((hole, index) => {
    onnx.set(head.literals.subarray(literal, literal + hole.gap), at);
    literal += hole.gap;
    at += hole.gap;
    const target = onnx.subarray(at, at + hole.byteLength);
    at += hole.byteLength;
    const detail = head.details[index];
    if (hole.mode === Mode.INLINE) target.set(detail as Uint8Array);
    else if (hole.mode === Mode.PLANES) {
      for (let filled = 0; filled < target.length; chunk++) {
        const bytes = decoder.planes(chunk);
        target.set(bytes, filled);
        filled += bytes.length;
      }
    } else {
      const { codebook } = head.sets[hole.set];
      const codes = codebook ? new Uint16Array(hole.elementCount) : new Int16Array(hole.elementCount);
      for (let filled = 0; filled < codes.length; ) {
        if (taken === values.length) {
          values = decoder.values(chunk++);
          taken = 0;
        }
        const part = values.subarray(taken, taken + codes.length - filled);
        codes.set(part, filled);
        filled += part.length;
        taken += part.length;
      }
      const { scales } = detail as CodedDetail;
      const coding = codebook
        ? { kind: 'codebook', codebook, codes }
        : { kind: 'grid', scales, axis: hole.axis, codes };
      new CodingSource(coding as WeightCoding, hole.dataType, hole.dims).readInto(target, 0);
    }
  });
  onnx.set(head.literals.subarray(literal), at);
  return onnx;
}

function allocate(byteLength: number): Uint8Array {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw new WringError('E_RANGE', `No memory for ${byteLength} bytes`, { cause });
  }
}
