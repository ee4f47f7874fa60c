import { learnCosts } from '../../codec/index.js';
import type { Tensor } from '../../core/index.js';
import type { ClassCostKernel } from '../../kernels/encode-kernels.js';
import type { LevelCosts } from './quantize-tensor.js';

/**
 * What the coder would charge for each level at each place of each tensor, learned from the levels that the tensors
 * have now. All grids of a file share their tables, so they are learned together.
 *
 * @param tensors coded on grids
 */
export function learnLevelCosts(
  tensors: readonly Tensor[],
  lambda: number,
  kernel: ClassCostKernel,
): ReadonlyMap<Tensor, LevelCosts> {
  const coded = tensors.map((tensor) => ({ dims: tensor.dims, codes: () => codesOf(tensor) }));
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
  return new Map(
    tensors.map((tensor, i) => {
      const contexts = model.contexts(i);
      // A level beyond those seen costs what the outermost does.
      const column = (level: number) => Math.max(low, Math.min(high, level)) - low;
      return [tensor, { lambda, bits: (index, level) => model.bits[contexts[index] * size + column(level)] }];
    }),
  );
}

function codesOf(tensor: Tensor): Int16Array {
  const { coding } = tensor;
  return coding?.kind === 'grid' ? coding.codes : new Int16Array(tensor.elementCount);
}
