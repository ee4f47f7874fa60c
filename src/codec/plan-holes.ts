import { type ByteSource, bitsPerElement, readBytes, type Tensor, type WeightCoding } from '../core/index.js';
import { CODED, INLINE, PLANES } from './format.js';
import { findTrellis } from './trellis.js';

/** A range of the ONNX file: literal bytes (`tensor` is null), or the payload of a tensor. As in onnx/segment.ts. */
export interface EncodeSegment {
  readonly source: ByteSource;
  readonly tensor: Tensor | null;
}

/** Payloads below this stay in the skeleton: a hole costs about four bytes of directory. */
const TINY = 64;
/** Plain payloads up to this are packed in the head, by the byte coder … */
const SMALL = 65536;
/** … while they are not more than this in all: the byte coder reads about 3 MB/s. */
const SMALL_TOTAL = 1 << 20;

export interface InlinePlan {
  readonly mode: typeof INLINE;
  readonly gap: number;
  readonly source: ByteSource;
  readonly stride: number;
}

export interface PlanesPlan {
  readonly mode: typeof PLANES;
  readonly gap: number;
  readonly source: ByteSource;
  readonly stride: number;
}

export interface CodedPlan {
  readonly mode: typeof CODED;
  readonly gap: number;
  readonly source: ByteSource;
  readonly tensor: Tensor;
  readonly coding: WeightCoding;
  /** Of the trellis that the levels follow; 0 where there is none. */
  readonly period: number;
}

export type HolePlan = InlinePlan | PlanesPlan | CodedPlan;

/** What becomes of each segment: skeleton, inline payload, planes, or codes. */
export function planHoles(segments: readonly EncodeSegment[]): {
  holes: HolePlan[];
  literals: Uint8Array[];
  tensors: CodedPlan[];
} {
  const holes: HolePlan[] = [];
  const literals: Uint8Array[] = [];
  const tensors: CodedPlan[] = [];
  let gap = 0;
  let small = 0;
  for (const { source, tensor } of segments) {
    const coding = tensor?.coding ?? null;
    const stride = tensor ? strideOf(tensor) : 1;
    if (tensor && coding && source.byteLength > 0) {
      const period = coding.kind === 'grid' ? (findTrellis(coding.codes, tensor.dims)?.period ?? 0) : 0;
      const plan: CodedPlan = { mode: CODED, gap, source, tensor, coding, period };
      holes.push(plan);
      tensors.push(plan);
    } else if (source.byteLength < TINY || (!tensor && source.byteLength <= SMALL)) {
      literals.push(readBytes(source));
      gap += source.byteLength;
      continue;
    } else if (source.byteLength <= SMALL && small + source.byteLength <= SMALL_TOTAL) {
      small += source.byteLength;
      holes.push({ mode: INLINE, gap, source, stride });
    } else holes.push({ mode: PLANES, gap, source, stride });
    gap = 0;
  }
  return { holes, literals, tensors };
}

function strideOf(tensor: Tensor): number {
  const bytes = bitsPerElement(tensor.dataType) / 8;
  return (bytes === 2 || bytes === 4 || bytes === 8) && tensor.byteLength % bytes === 0 ? bytes : 1;
}
