import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';

/** See OptimizerKernels.sumScaled. */
export function sumScaled(
  { exports, arena }: WasmModule<WringExports>,
  sources: readonly Float32Array[],
  scales: readonly number[],
  target: Float32Array,
): void {
  assertSameLength('scales', scales, 'sources', sources);
  for (const source of sources) assertSameLength('a source', source, 'target', target);
  arena.scope(() => {
    const parts = sources.map((source) => new Blocks(arena, source));
    const sum = new Blocks(arena, target);
    forEachBlock(target.length, (start, count) => {
      const to = sum.at(start);
      for (const [s, part] of parts.entries()) {
        exports.addScaled(part.load(start, count), count, scales[s], to, s === 0 ? 1 : 0);
      }
      sum.store(start, count);
    });
  });
}
