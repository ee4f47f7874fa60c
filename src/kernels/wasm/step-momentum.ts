import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import type { MomentumStep } from '../optimizer-kernels.js';

/** See OptimizerKernels.stepMomentum. */
export function stepMomentum(
  { exports, arena }: WasmModule<WringExports>,
  weights: Float32Array,
  gradients: Float32Array,
  velocities: Float32Array,
  mask: Uint8Array | null,
  { rate, momentum, nesterov, decay, gradientScale }: MomentumStep,
): void {
  assertSameLength('gradients', gradients, 'weights', weights);
  assertSameLength('velocities', velocities, 'weights', weights);
  if (mask) assertSameLength('mask', mask, 'weights', weights);
  arena.scope(() => {
    const w = new Blocks(arena, weights);
    const g = new Blocks(arena, gradients);
    const v = new Blocks(arena, velocities);
    const free = mask && new Blocks(arena, mask);
    forEachBlock(w.length, (start, count) => {
      exports.stepMomentum(
        w.load(start, count),
        g.load(start, count),
        v.load(start, count),
        free ? free.load(start, count) : 0,
        count,
        gradientScale,
        momentum,
        nesterov ? 1 : 0,
        rate,
        rate * decay,
      );
      w.store(start, count);
      v.store(start, count);
    });
  });
}
