import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { foldSums } from '../reference/sum-squares.js';

/** See OptimizerKernels.sumSquares. Blocks hold a multiple of eight values, so that each goes on with the same sum. */
export function sumSquares({ exports, arena }: WasmModule<WringExports>, values: Float32Array): number {
  return arena.scope(() => {
    const blocks = new Blocks(arena, values);
    const sums = arena.allocate(8 * 8);
    arena.view(Float64Array, sums, 8).fill(0);
    forEachBlock(blocks.length, (start, count) => exports.sumSquares(blocks.load(start, count), count, sums));
    return foldSums(arena.view(Float64Array, sums, 8));
  });
}
