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

/**
 * What the coder would charge for each level at each place of each tensor, learned from the levels that the tensors
 * have now. All grids of a file share their tables, and so do all trellises, so they are learned together.
 *
 * @param tensors coded on grids
 */
export function learnLevelCosts(
  tensors: readonly Tensor[],
  lambda: number,
  kernel: ClassCostKernel,
): ReadonlyMap<Tensor, RateCosts> {
  const periods = new Map(tensors.map((tensor) => [tensor, findTrellis(levelsOf(tensor), tensor.dims)?.period ?? 0]));
  const plain = tensors.filter((tensor) => !periods.get(tensor));
  const others = tensors.filter((tensor) => periods.get(tensor));
  return new Map<Tensor, RateCosts>([
    ...learnPlain(plain, lambda, kernel),
    ...learnTrellises(others, (tensor) => periods.get(tensor)!, kernel),
  ]);
}

function learnPlain(tensors: readonly Tensor[], lambda: number, kernel: ClassCostKernel): [Tensor, RateCosts][] {
  if (tensors.length === 0) return [];
  const coded = tensors.map((tensor) => ({ dims: tensor.dims, codes: () => levelsOf(tensor) }));
  let low = 0;
  let high = 0;
  for (const tensor of coded) {
    for (const code of tensor.codes()) {
      if (code < low) low = code;
      if (code > high) high = code;
    }
  }
  const size = high - low + 1;
  const model = learnCosts(coded, { min: low, size, kernel });
  return tensors.map((tensor, i) => {
    const contexts = model.contexts(i);
    // A level beyond those seen costs what the outermost does.
    const column = (level: number) => Math.max(low, Math.min(high, level)) - low;
    const bits = (index: number, level: number) => model.bits[contexts[index] * size + column(level)];
    return [tensor, { plain: { lambda, bits }, trellis: null }];
  });
}

function learnTrellises(
  tensors: readonly Tensor[],
  periodOf: (tensor: Tensor) => number,
  kernel: ClassCostKernel,
): [Tensor, RateCosts][] {
  if (tensors.length === 0) return [];
  const coded = tensors.map((tensor) => ({
    dims: tensor.dims,
    period: periodOf(tensor),
    levels: () => levelsOf(tensor),
  }));
  const model = learnTrellisCosts(coded, NUMBERS, kernel);
  return tensors.map((tensor, i) => [tensor, { plain: null, trellis: { ...model, classes: model.classesOf(i) } }]);
}

function levelsOf(tensor: Tensor): Int16Array {
  const { coding } = tensor;
  return coding?.kind === 'grid' ? coding.codes : new Int16Array(tensor.elementCount);
}
