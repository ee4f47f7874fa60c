import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import { type PriorSums, priorNumbers, type QuantizingPrior } from '../prior-kernels.js';
import { foldPriorSums } from '../reference/quantizing-prior.js';

/** See PriorKernels.addQuantizingPrior. Blocks hold a multiple of four values, so that each goes on with the same sum. */
export function addQuantizingPrior(
  { exports, arena }: WasmModule<WringExports>,
  means: Float32Array,
  logVariances: Float32Array,
  variances: Float32Array,
  prior: QuantizingPrior,
  meanGradients: Float32Array,
  varianceGradients: Float32Array,
): PriorSums {
  for (const array of [logVariances, variances, meanGradients, varianceGradients]) {
    assertSameLength('an array of the prior', array, 'means', means);
  }
  const numbers = priorNumbers(prior);
  return arena.scope(() => {
    const inputs = [means, logVariances, variances].map((array) => new Blocks(arena, array));
    const gradients = [meanGradients, varianceGradients].map((array) => new Blocks(arena, array));
    const table = copyIn(arena, numbers);
    const sums = copyIn(arena, new Float64Array(8));
    forEachBlock(means.length, (start, count) => {
      const [mean, logVariance, variance] = inputs.map((blocks) => blocks.load(start, count));
      const [byMean, byLog] = gradients.map((blocks) => blocks.load(start, count));
      const { levels } = prior;
      exports.addQuantizingPrior(mean, logVariance, variance, count, table, levels, byMean, byLog, sums);
      for (const blocks of gradients) blocks.store(start, count);
    });
    const all = arena.view(Float64Array, sums, 8);
    return foldPriorSums(all.subarray(0, 4), all.subarray(4), numbers[0]);
  });
}
