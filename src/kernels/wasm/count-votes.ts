import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertCentroids, assertSameLength } from '../arguments.js';
import { buildFusedTable } from './fused-table.js';

/** See {@link Kernels.countVotes}. `centroids` and `votes` must not be in the module's memory. */
export function countVotes(
  module: WasmModule<WringExports>,
  means: Float32Array,
  sigmas: Float32Array,
  delta: number,
  centroids: Float32Array,
  votes: Int32Array,
): void {
  assertCentroids(centroids);
  assertSameLength('sigmas', sigmas, 'means', means);
  assertSameLength('votes', votes, 'centroids', centroids);
  const { exports, arena } = module;
  arena.scope(() => {
    const centres = new Blocks(arena, means);
    const spreads = new Blocks(arena, sigmas);
    const k = centroids.length;
    const values = copyIn(arena, centroids);
    const thresholds = arena.allocate(4 * k);
    const steps = arena.allocate(4 * (k + 1));
    arena.view(Int32Array, steps, k + 1).fill(0);
    exports.centroidKeys(values, k, thresholds);
    const table = buildFusedTable(module, thresholds, k, 2 * centres.length);
    forEachBlock(centres.length, (start, count) => {
      const m = centres.load(start, count);
      const s = spreads.load(start, count);
      if (table) exports.countVotes(m, s, count, delta, table.pointer, table.shift, steps);
      else exports.countVotesBySearch(m, s, count, delta, thresholds, k, steps);
    });
    const changes = arena.view(Int32Array, steps, k);
    let sum = 0;
    for (let c = 0; c < k; c++) {
      sum += changes[c];
      votes[c] = sum;
    }
  });
}
