import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';

const RADIX_TABLES = 3 * 2048 * 4;

/** See {@link Kernels.sortFloats}. Needs 8 bytes of module memory for each value; the array must not be in it. */
export function sortFloats({ exports, arena }: WasmModule<WringExports>, values: Float32Array): void {
  arena.scope(() => {
    const n = values.length;
    const source = arena.allocate(4 * n);
    const sorted = arena.allocate(4 * n);
    const tables = arena.allocate(RADIX_TABLES);
    arena.f32(source, n).set(values);
    exports.sortFloats(source, n, sorted, tables);
    values.set(arena.f32(sorted, n));
  });
}
