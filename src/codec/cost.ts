import type { ClassCostKernel } from '../kernels/encode-kernels.js';
import { fillClasses, shapeOf } from './class-map.js';
import { assignClasses, learnClasses } from './classes.js';
import { GRID } from './format.js';
import { type CodedTensor, inputOf, sampleOf } from './learn-set.js';
import { BIT } from './log2.js';
import { chooseDirect, symbolOfValue, tablesOf } from './symbol-set.js';

export type { CodedTensor } from './learn-set.js';

/** What the coder would charge, for rate–distortion assignment. */
export interface CostModel {
  /** The value of column 0 of `bits`. */
  readonly min: number;
  /** Values, min ≤ value < min + size. */
  readonly size: number;
  readonly classes: number;
  /** f32[classes × size]: bits of value min + column; finite for values not seen yet too. */
  readonly bits: Float32Array;
  /** u8[elements of tensor i]: the row of `bits` for each weight. */
  contexts(index: number): Uint8Array;
}

export interface CostOptions {
  /** Values that may be asked for; every code must lie in it. */
  readonly min: number;
  readonly size: number;
  /** What tells small values from large ones, in order to find the first classes: |value| unless given. */
  readonly magnitudeOf?: (value: number) => number;
  /** Tables, 1–64 (default 16). */
  readonly classes?: number;
  readonly kernel: ClassCostKernel;
}

/**
 * Learns from tensors that will share a set (all grids of a file; all tensors of one codebook) which class each weight
 * falls into and what each value costs there: the encoder's own classes, so that assignment and learning may take
 * turns. Integers throughout: the same floats in every engine.
 */
export function learnCosts(tensors: readonly CodedTensor[], options: CostOptions): CostModel {
  const { min, size, magnitudeOf = Math.abs, classes = 16, kernel } = options;
  const counts = new Float64Array(size);
  for (const tensor of tensors) for (const code of tensor.codes()) counts[code - min]++;
  const set = { kind: GRID, min, size, direct: chooseDirect(counts) };
  const symbols = symbolOfValue(set);
  const { alphabet, values, escapeBits } = tablesOf(set);
  const magnitudes = new Float64Array(alphabet);
  values.forEach((value, symbol) => {
    magnitudes[symbol] = magnitudeOf(value);
  });
  const { model } = learnClasses(sampleOf(tensors, min, symbols), alphabet, magnitudes, classes, kernel);
  const bits = new Float32Array(classes * size);
  for (let i = 0; i < bits.length; i++) {
    const column = i % size;
    const cost = model.costs[Math.floor(i / size) * alphabet + symbols[column]] / BIT;
    bits[i] = set.direct[column] ? cost : cost + escapeBits;
  }
  return {
    min,
    size,
    classes,
    bits,
    contexts(index) {
      const input = inputOf(tensors[index], min, symbols);
      const contexts = new Uint8Array(input.symbols.length);
      fillClasses(assignClasses(input, model, kernel), shapeOf(tensors[index].dims), classes, 0, contexts);
      return contexts;
    },
  };
}
