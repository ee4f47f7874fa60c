import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';

/** See NoiseKernels.spreadGradients. */
export function spreadGradients(
  { exports, arena }: WasmModule<WringExports>,
  gradients: Float32Array,
  spreads: Float32Array,
  noises: Float32Array,
  pull: number,
  limit: number,
  targets: Float32Array,
): void {
  assertSameLength('spreads', spreads, 'gradients', gradients);
  assertSameLength('noises', noises, 'gradients', gradients);
  assertSameLength('targets', targets, 'gradients', gradients);
  arena.scope(() => {
    const g = new Blocks(arena, gradients);
    const s = new Blocks(arena, spreads);
    const e = new Blocks(arena, noises);
    const t = new Blocks(arena, targets);
    forEachBlock(g.length, (start, count) => {
      const [from, spread, noise] = [g.load(start, count), s.load(start, count), e.load(start, count)];
      exports.spreadGradients(from, spread, noise, count, pull, limit, t.load(start, count));
      t.store(start, count);
    });
  });
}
