import { findTrellis, learnCosts, learnTrellisCosts } from '../../codec/index.js';
import type { Tensor } from '../../core/index.js';
import type { ClassCostKernel } from '../../kernels/encode-kernels.js';
import { NUMBERS } from './quantize-by-trellis.js';
import type { LevelCosts } from './quantize-tensor.js';
import type { TrellisCosts } from './trellis-lines.js';

/** What levels cost at each place of a tensor, plain ones and those that follow a trellis. */
export interface RateCosts {
  readonly plain: LevelCosts | null;
  /** In bits. */
  readonly trellis: TrellisCosts | null;
}

/** Levels that a tensor has, or will have. */
export interface LeveledTensor<T = Tensor> {
  readonly key: T;
  readonly dims: readonly number[];
  readonly levels: Int16Array;
}

/** The levels of a tensor that is coded on a grid; of another, zeros. */
export function levelsOf(tensor: Tensor): LeveledTensor {
  const { coding, dims } = tensor;
  return { key: tensor, dims, levels: coding?.kind === 'grid' ? coding.codes : new Int16Array(tensor.elementCount) };
}

/**
 * What the coder would charge for each level at each place of each tensor, learned from levels as a whole file has them. All
 * grids of a file share their tables, and so do all trellises, so they are learned together.
 */
export function learnLevelCosts<T>(
  tensors: readonly LeveledTensor<T>[],
  lambda: number,
  kernel: ClassCostKernel,
): ReadonlyMap<T, RateCosts> {
  const periods = new Map(tensors.map((tensor) => [tensor, findTrellis(tensor.levels, tensor.dims)?.period ?? 0]));
  const plain = tensors.filter((tensor) => !periods.get(tensor));
  const others = tensors.filter((tensor) => periods.get(tensor));
  return new Map<T, RateCosts>([
    ...learnPlain(plain, lambda, kernel),
    ...learnTrellises(others, (tensor) => periods.get(tensor)!, kernel),
  ]);
}

function learnPlain<T>(
  tensors: readonly LeveledTensor<T>[],
  lambda: number,
  kernel: ClassCostKernel,
): [T, RateCosts][] {
  if (tensors.length === 0) return [];
  let low = 0;
  let high = 0;
  for (const { levels } of tensors) {
    for (const code of levels) {
      if (code < low) low = code;
      if (code > high) high = code;
    }
  }
  const size = high - low + 1;
  const coded = tensors.map(({ dims, levels }) => ({ dims, codes: () => levels }));
  const model = learnCosts(coded, { min: low, size, kernel });
  return tensors.map(({ key }, i) => {
    const contexts = model.contexts(i);
    // A level beyond those seen costs what the outermost does.
    const column = (level: number) => Math.max(low, Math.min(high, level)) - low;
    const bits = (index: number, level: number) => model.bits[contexts[index] * size + column(level)];
    return [key, { plain: { lambda, bits }, trellis: null }];
  });
}

function learnTrellises<T>(
  tensors: readonly LeveledTensor<T>[],
  periodOf: (tensor: LeveledTensor<T>) => number,
  kernel: ClassCostKernel,
): [T, RateCosts][] {
  if (tensors.length === 0) return [];
  const coded = tensors.map((tensor) => ({
    dims: tensor.dims,
    period: periodOf(tensor),
    levels: () => tensor.levels,
  }));
  const model = learnTrellisCosts(coded, NUMBERS, kernel);
  return tensors.map(({ key }, i) => [key, { plain: null, trellis: { ...model, classes: model.classesOf(i) } }]);
}
