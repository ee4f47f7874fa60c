import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';

/** See {@link Kernels.clusterOptimal}. Needs 84 bytes of module memory for each value. */
export function clusterOptimal(
  { exports, arena }: WasmModule<WringExports>,
  values: Float32Array,
  counts: Float64Array,
  k: number,
): Float32Array {
  assertSameLength('counts', counts, 'values', values);
  return arena.scope(() => {
    const n = values.length;
    const limit = Math.max(0, Math.min(k, n));
    const [points, weights] = [copyIn(arena, values), copyIn(arena, counts)];
    const scratch = arena.allocate(exports.clusterScratch(n) >>> 0);
    const means = arena.allocate(4 * limit);
    const size = exports.clusterOptimal(points, weights, n, limit, scratch, means);
    return arena.f32(means, size).slice();
  });
}
