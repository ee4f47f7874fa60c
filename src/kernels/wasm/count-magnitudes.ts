import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import { MAGNITUDE_BUCKETS } from '../kernels.js';

/** See {@link Kernels.countMagnitudes}. `counts` must not be in the module's memory. */
export function countMagnitudes(
  { exports, arena }: WasmModule<WringExports>,
  weights: Float32Array,
  counts: Uint32Array,
): void {
  assertSameLength('counts', counts, 'the magnitude grid', { length: MAGNITUDE_BUCKETS });
  arena.scope(() => {
    const source = new Blocks(arena, weights);
    const table = copyIn(arena, counts);
    forEachBlock(source.length, (start, count) => {
      exports.countMagnitudes(source.load(start, count), count, table);
    });
    counts.set(arena.view(Uint32Array, table, MAGNITUDE_BUCKETS));
  });
}
