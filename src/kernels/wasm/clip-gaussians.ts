import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import type { GaussianBounds } from '../prior-kernels.js';

/** See PriorKernels.clipGaussians. */
export function clipGaussians(
  { exports, arena }: WasmModule<WringExports>,
  means: Float32Array,
  logVariances: Float32Array,
  variances: Float32Array,
  { logVariances: [lowest, highest], outermost, border }: GaussianBounds,
): void {
  assertSameLength('logVariances', logVariances, 'means', means);
  assertSameLength('variances', variances, 'means', means);
  arena.scope(() => {
    const all = [means, logVariances, variances].map((array) => new Blocks(arena, array));
    forEachBlock(means.length, (start, count) => {
      const [mean, log, variance] = all.map((blocks) => blocks.load(start, count));
      exports.clipGaussians(mean, log, variance, count, lowest, highest, outermost, border);
      for (const blocks of all) blocks.store(start, count);
    });
  });
}
