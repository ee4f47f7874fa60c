import type { ClassCostKernel } from '../kernels/encode-kernels.js';
import type { ChainCosts } from '../kernels/trellis.js';
import { fillClasses, shapeOf } from './class-map.js';
import { assignClasses, learnClasses } from './classes.js';
import { inputOf, sampleOf } from './learn-set.js';
import { BIT } from './log2.js';
import { bankSymbols, followTrellis } from './trellis.js';

/** Levels that follow a trellis. */
export interface TrellisTensor {
  readonly dims: readonly number[];
  readonly period: number;
  readonly levels: () => Int16Array;
}

/** What the coder would charge for numbers; see {@link learnTrellisCosts}. */
export interface TrellisCostModel extends ChainCosts {
  /** u8[elements of tensor i]: the class of each. */
  classesOf(index: number): Uint8Array;
}

/** Classes that are learned: more change no choice worth having. */
const CLASSES = 16;

/**
 * Learns from tensors whose levels follow trellises, and that will share a file, which class each weight falls into and what
 * each number costs there in either bank, in bits: the encoder's own classes, as `learnCosts` does for plain levels.
 *
 * @param range the numbers that may be asked for, as {@link ChainCosts} has them
 */
export function learnTrellisCosts(
  tensors: readonly TrellisTensor[],
  range: Pick<ChainCosts, 'min' | 'size'>,
  kernel: ClassCostKernel,
): TrellisCostModel {
  const { min, size } = range;
  const symbols = Uint8Array.from({ length: 2 * size }, (_, i) => i);
  const magnitudes = Float64Array.from(symbols, (symbol) => Math.abs((symbol % size) + min));
  const coded = tensors.map(({ dims, period, levels }) => ({
    dims,
    codes: () => bankSymbols(followTrellis(levels(), period)!, range),
  }));
  const { model } = learnClasses(sampleOf(coded, 0, symbols), 2 * size, magnitudes, CLASSES, kernel, 2);
  return {
    min,
    size,
    rates: Float32Array.from(model.costs, (cost) => cost / BIT),
    classesOf(index) {
      const input = inputOf(coded[index], 0, symbols);
      const classes = new Uint8Array(input.symbols.length);
      fillClasses(assignClasses(input, model, kernel), shapeOf(tensors[index].dims), CLASSES, 0, classes);
      return classes;
    },
  };
}
