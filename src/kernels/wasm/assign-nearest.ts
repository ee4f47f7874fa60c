import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertCentroids, assertSameLength } from '../arguments.js';
import { buildFusedTable } from './fused-table.js';

/** See {@link Kernels.assignNearest}. `centroids` must not be in the module's memory. */
export function assignNearest(
  module: WasmModule<WringExports>,
  weights: Float32Array,
  centroids: Float32Array,
  codes: Uint16Array,
): void {
  assertCentroids(centroids);
  assertSameLength('codes', codes, 'weights', weights);
  const { exports, arena } = module;
  arena.scope(() => {
    const source = new Blocks(arena, weights);
    const target = new Blocks(arena, codes);
    const k = centroids.length;
    const values = copyIn(arena, centroids);
    const thresholds = arena.allocate(4 * k);
    exports.nearestThresholds(values, k, thresholds);
    const table = buildFusedTable(module, thresholds, k - 1, source.length);
    forEachBlock(source.length, (start, count) => {
      const from = source.load(start, count);
      const to = target.at(start);
      if (table) exports.assignNearest(from, count, table.pointer, table.shift, to);
      else exports.assignNearestBySearch(from, count, thresholds, k - 1, to);
      target.store(start, count);
    });
  });
}
