import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertRows } from '../arguments.js';

/** See {@link Kernels.sumRoundingErrors}. */
export function sumRoundingErrors(
  { exports, arena }: WasmModule<WringExports>,
  values: Float32Array,
  rows: number,
  inverses: Float32Array,
  levels: number,
): Float32Array {
  assertRows(values, inverses, rows);
  const [length, count] = [values.length / rows, inverses.length / rows];
  const padded = Math.ceil(length / 16) * 16;
  const sums = new Float32Array(inverses.length);
  return arena.scope(() => {
    const rowAt = arena.allocate(4 * padded);
    const inversesAt = arena.allocate(4 * count);
    const sumsAt = arena.allocate(4 * count);
    // Nothing below allocates, so these stay valid.
    const row = arena.f32(rowAt, padded);
    const scales = arena.f32(inversesAt, count);
    const found = arena.f32(sumsAt, count);
    row.fill(0);
    for (let r = 0; r < rows; r++) {
      row.set(values.subarray(r * length, (r + 1) * length));
      scales.set(inverses.subarray(r * count, (r + 1) * count));
      exports.sumRoundingErrors(rowAt, padded, inversesAt, count, levels, sumsAt);
      sums.set(found, r * count);
    }
    return sums;
  });
}
