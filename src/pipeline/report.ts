import { type ByteSource, decodeFloats, readBytes, type Tensor } from '../core/index.js';
import { DistanceMeter } from '../evaluation/index.js';
import { codeEntropyBits } from '../methods/tensor-bits.js';
import type { Coverage, WeightRef } from '../methods/weights.js';
import type { TrainReport } from '../training/index.js';
import type { Candidate } from './choose-values.js';
import type { Recipe } from './recipe.js';

/** What was done to one tensor. */
export interface TensorReport {
  readonly name: string;
  readonly role: string;
  readonly dims: readonly number[];
  /** Distinct values it now takes. */
  readonly values: number;
  /** Order-0 entropy of its codes, zeros in; of what has no codes, the bits of its data type. */
  readonly bits: number;
  /** Tensors that it is now a sum of: 2 where some channels have several points. */
  readonly pieces: number;
  /** Step of its grid (the first, if a step a channel); null for a codebook or where nothing was changed. */
  readonly step: number | null;
  /** 10 log₁₀ Σw² / Σ(ŵ − w)², in dB; null when nothing moved. */
  readonly sqnr: number | null;
  readonly maxDelta: number;
}

/** What `multipoint` made of one tensor. */
export interface PointsReport {
  readonly name: string;
  /** How many channels have 1, 2, … points. */
  readonly points: readonly number[];
  /** What further points take: bytes of plain codes and 32-bit scales, and multiplications for one sample. */
  readonly extraBytes: number;
  readonly extraOperations: number;
  /** ‖(Ŵ − W) x‖² / ‖W x‖². */
  readonly error: number;
}

/** What `compress` did, as data. */
export interface CompressReport {
  readonly schema: 1;
  readonly method: string;
  readonly quality: number;
  readonly seed: number;
  readonly recipe: Recipe;
  /** The data that took the place of synthetic inputs; null: none did. */
  readonly calibration: string | null;
  /** What the model was run on; null: it could not be. */
  readonly inputs: 'calibration' | 'synthesised' | 'noise' | null;
  /** The budget of relative output noise that followed from the quality. */
  readonly noise: number;
  /** Measured on the same inputs; null without a runtime. */
  readonly outputError: number | null;
  readonly runtime: string | null;
  /** What was trained between rounds; null: nothing was. */
  readonly training: TrainReport | null;
  /** What `auto` looked at. */
  readonly candidates: readonly Candidate[];
  /** Whether the comparison was stopped half-way; the result is the best so far. */
  readonly interrupted: boolean;
  readonly coverage: Coverage;
  /** By tensor; empty but for `multipoint`. */
  readonly points: readonly PointsReport[];
  readonly tensors: readonly TensorReport[];
}

/**
 * @param original what its numbers were, in its own data type
 * @param pieces   the tensors that hold its codes
 */
export function describeTensor(ref: WeightRef, original: ByteSource, pieces: readonly Tensor[]): TensorReport {
  const { tensor } = ref;
  const now = tensor.toFloat32();
  const meter = new DistanceMeter();
  const before = new Float32Array(now.length);
  decodeFloats(tensor.dataType, readBytes(original), before);
  meter.add(before, now);
  const { sqnr, maxDelta } = meter.result;
  const [{ coding }] = pieces;
  const bits = pieces.reduce((sum, piece) => sum + codeEntropyBits(piece), 0);
  return {
    name: ref.name,
    role: ref.role,
    dims: tensor.dims,
    values: new Set(now).size,
    bits: bits / tensor.elementCount,
    pieces: pieces.length,
    step: coding?.kind === 'grid' ? coding.scales[0] : null,
    sqnr,
    maxDelta,
  };
}
