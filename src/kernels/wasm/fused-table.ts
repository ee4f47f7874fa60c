import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';

/** Entries of a table that are worth filling for each number to be looked up. */
const ENTRIES_PER_LOOKUP = 4;

export interface FusedTable {
  readonly pointer: number;
  readonly shift: number;
}

/**
 * Builds the table of assembly/shared/fused-table.ts in the current scope of the arena.
 *
 * @param thresholds pointer to u32[n], ascending keys
 * @param lookups    how often it will be asked
 * @returns null where binary search is the better way: thresholds too close for a table, or too few lookups
 */
export function buildFusedTable(
  { exports, arena }: WasmModule<WringExports>,
  thresholds: number,
  n: number,
  lookups: number,
): FusedTable | null {
  const shift = exports.fusedShift(thresholds, n);
  const entries = 2 ** (32 - shift);
  if (shift === 0 || entries > ENTRIES_PER_LOOKUP * lookups) return null;
  const pointer = arena.allocate(4 * entries);
  exports.fillFusedTable(thresholds, n, shift, pointer);
  return { pointer, shift };
}
