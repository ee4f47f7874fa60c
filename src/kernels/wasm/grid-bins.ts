import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertIndex, assertSameLength } from '../arguments.js';

/** See GridKernels.roundToBins. `values` must not be in the module's memory. */
export function roundToBins(
  { exports, arena }: WasmModule<WringExports>,
  numbers: Float32Array,
  scale: number,
  offset: number,
  values: Float32Array,
  bins: Uint16Array,
  targets: Float32Array,
): void {
  assertSameLength('bins', bins, 'numbers', numbers);
  assertSameLength('targets', targets, 'numbers', numbers);
  arena.scope(() => {
    const [x, b, t] = [numbers, bins, targets].map((array) => new Blocks(arena, array));
    const table = copyIn(arena, values);
    forEachBlock(x.length, (start, count) => {
      const from = x.load(start, count);
      exports.roundToBins(from, count, scale, offset, table, values.length - 1, b.at(start), t.at(start));
      b.store(start, count);
      t.store(start, count);
    });
  });
}

/** See GridKernels.weighByBins. `slopes` and `sums` must not be in the module's memory. */
export function weighByBins(
  { exports, arena }: WasmModule<WringExports>,
  gradients: Float32Array,
  bins: Uint16Array,
  slopes: Float32Array,
  targets: Float32Array,
  sums: Float64Array,
): void {
  assertSameLength('bins', bins, 'gradients', gradients);
  assertSameLength('targets', targets, 'gradients', gradients);
  assertSameLength('sums', sums, 'slopes', slopes);
  arena.scope(() => {
    const [g, b, t] = [gradients, bins, targets].map((array) => new Blocks(arena, array));
    const [table, totals] = [copyIn(arena, slopes), copyIn(arena, sums)];
    forEachBlock(g.length, (start, count) => {
      const places = b.load(start, count);
      assertIndex('bins', exports.largestCode(places, count), slopes.length);
      exports.weighByBins(g.load(start, count), places, count, table, t.at(start), totals);
      t.store(start, count);
    });
    sums.set(arena.view(Float64Array, totals, sums.length));
  });
}
