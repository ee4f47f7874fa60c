import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertIndex } from '../arguments.js';

/** Up to here four histograms in turn (64 KiB in all) beat one: they fit the cache. */
const FOURFOLD_LIMIT = 4096;

/** See {@link Kernels.countCodes}. `counts` must not be in the module's memory. */
export function countCodes(
  { exports, arena }: WasmModule<WringExports>,
  codes: Uint16Array,
  counts: Uint32Array,
): void {
  arena.scope(() => {
    const source = new Blocks(arena, codes);
    const k = Math.min(counts.length, 65536);
    const fourfold = k <= FOURFOLD_LIMIT;
    const pitch = fourfold ? 4 * k : 0;
    const words = fourfold ? 4 * k : k;
    const table = arena.allocate(4 * words);
    arena.view(Uint32Array, table, words).fill(0);
    forEachBlock(source.length, (start, count) => {
      const block = source.load(start, count);
      assertIndex('codes', exports.largestCode(block, count), k);
      exports.countCodes(block, count, table, pitch);
    });
    if (fourfold) exports.foldCounts(table, pitch, k);
    const found = arena.view(Uint32Array, table, k);
    for (let c = 0; c < k; c++) counts[c] += found[c];
  });
}
