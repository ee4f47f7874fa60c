import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';

/** See PriorKernels.exponentials. */
export function exponentials(
  { exports, arena }: WasmModule<WringExports>,
  values: Float32Array,
  targets: Float32Array,
): void {
  assertSameLength('targets', targets, 'values', values);
  arena.scope(() => {
    const [v, t] = [new Blocks(arena, values), new Blocks(arena, targets)];
    forEachBlock(v.length, (start, count) => {
      exports.exponentials(v.load(start, count), count, t.at(start));
      t.store(start, count);
    });
  });
}
