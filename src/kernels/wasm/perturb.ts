import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import { NOISE_SCALE } from '../noise-kernels.js';

/** See NoiseKernels.perturb. */
export function perturb(
  { exports, arena }: WasmModule<WringExports>,
  means: Float32Array,
  spreads: Float32Array,
  seed: number,
  noises: Float32Array,
  targets: Float32Array,
): void {
  assertSameLength('spreads', spreads, 'means', means);
  assertSameLength('noises', noises, 'means', means);
  assertSameLength('targets', targets, 'means', means);
  arena.scope(() => {
    const m = new Blocks(arena, means);
    const s = new Blocks(arena, spreads);
    const e = new Blocks(arena, noises);
    const t = new Blocks(arena, targets);
    forEachBlock(m.length, (start, count) => {
      const [from, spread] = [m.load(start, count), s.load(start, count)];
      exports.perturb(from, spread, start, count, seed, NOISE_SCALE, e.load(start, count), t.load(start, count));
      e.store(start, count);
      t.store(start, count);
    });
  });
}
