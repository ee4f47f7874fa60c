import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertSameLength } from '../arguments.js';
import type { AdamStep } from '../optimizer-kernels.js';

/** See OptimizerKernels.stepAdam. */
export function stepAdam(
  { exports, arena }: WasmModule<WringExports>,
  weights: Float32Array,
  gradients: Float32Array,
  means: Float32Array,
  squares: Float32Array,
  mask: Uint8Array | null,
  { rate, beta1, beta2, epsilon, correction1, correction2, decay, gradientScale }: AdamStep,
): void {
  assertSameLength('gradients', gradients, 'weights', weights);
  assertSameLength('means', means, 'weights', weights);
  assertSameLength('squares', squares, 'weights', weights);
  if (mask) assertSameLength('mask', mask, 'weights', weights);
  arena.scope(() => {
    const w = new Blocks(arena, weights);
    const g = new Blocks(arena, gradients);
    const m = new Blocks(arena, means);
    const s = new Blocks(arena, squares);
    const free = mask && new Blocks(arena, mask);
    forEachBlock(w.length, (start, count) => {
      exports.stepAdam(
        w.load(start, count),
        g.load(start, count),
        m.load(start, count),
        s.load(start, count),
        free ? free.load(start, count) : 0,
        count,
        gradientScale,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        1 / Math.sqrt(correction2),
        epsilon,
        rate / correction1,
        rate * decay,
      );
      w.store(start, count);
      m.store(start, count);
      s.store(start, count);
    });
  });
}
