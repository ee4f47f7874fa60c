import type { Arena } from '../../wasm/arena.js';
import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertCentroids, assertIndex, assertSameLength } from '../arguments.js';

/** Elements before and after the centroids and each row of bits; also said in assembly/kernels/assign-rate-distortion.ts. */
const PADDING = 4;

/** See {@link Kernels.assignRateDistortion}. `centroids` and `bits` must not be in the module's memory. */
export function assignRateDistortion(
  { exports, arena }: WasmModule<WringExports>,
  weights: Float32Array,
  importance: Float32Array,
  centroids: Float32Array,
  contexts: Uint8Array,
  bits: Float32Array,
  zeroCode: number,
  codes: Uint16Array,
): void {
  assertCentroids(centroids);
  assertSameLength('importance', importance, 'weights', weights);
  assertSameLength('contexts', contexts, 'weights', weights);
  assertSameLength('codes', codes, 'weights', weights);
  arena.scope(() => {
    const w = new Blocks(arena, weights);
    const m = new Blocks(arena, importance);
    const rows = new Blocks(arena, contexts);
    const choices = new Blocks(arena, codes);
    const k = centroids.length;
    const contextCount = Math.floor(bits.length / k);
    const values = padRows(arena, centroids, 1, k, 0);
    const costs = padRows(arena, bits, contextCount, k, Number.POSITIVE_INFINITY);
    const zero = zeroCode >= 0 && zeroCode < k ? zeroCode : -1;
    forEachBlock(w.length, (start, count) => {
      const at = choices.load(start, count);
      const row = rows.load(start, count);
      assertIndex('codes', exports.largestCode(at, count), k);
      assertIndex('contexts', exports.largestByte(row, count), contextCount);
      const pitch = k + 2 * PADDING;
      exports.assignRateDistortion(
        w.load(start, count),
        m.load(start, count),
        row,
        count,
        values,
        costs,
        pitch,
        zero,
        at,
      );
      choices.store(start, count);
    });
  });
}

/** Copies rows of k floats into the arena, each with padding on both sides. */
function padRows(arena: Arena, source: Float32Array, rows: number, k: number, padding: number): number {
  const pitch = k + 2 * PADDING;
  const pointer = arena.allocate(4 * pitch * rows);
  const target = arena.f32(pointer, pitch * rows).fill(padding);
  for (let row = 0; row < rows; row++) target.set(source.subarray(row * k, row * k + k), row * pitch + PADDING);
  return pointer;
}
