import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertRelativeDelta, assertSameLength } from '../arguments.js';
import { MAGNITUDE_BUCKETS } from '../kernels.js';

/** See {@link Kernels.coverRelative}. */
export function coverRelative(
  { exports, arena }: WasmModule<WringExports>,
  counts: Uint32Array,
  delta: number,
  coverage: number,
  maxPicks: number,
): Float32Array {
  assertSameLength('counts', counts, 'the magnitude grid', { length: MAGNITUDE_BUCKETS });
  assertRelativeDelta(delta);
  return arena.scope(() => {
    const limit = Math.ceil(Math.min(maxPicks, MAGNITUDE_BUCKETS));
    const table = copyIn(arena, counts);
    const scratch = arena.allocate(exports.coverScratch());
    const picks = arena.allocate(4 * Math.max(limit, 0));
    const size = exports.coverRelative(table, delta, coverage, limit, scratch, picks);
    return arena.f32(picks, size).slice();
  });
}
