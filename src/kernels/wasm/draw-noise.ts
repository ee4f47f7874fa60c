import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { NOISE_SCALE } from '../noise-kernels.js';

/** See NoiseKernels.drawNormals. */
export function drawNormals({ exports, arena }: WasmModule<WringExports>, seed: number, targets: Float32Array): void {
  arena.scope(() => {
    const t = new Blocks(arena, targets);
    forEachBlock(t.length, (start, count) => {
      exports.drawNormals(start, count, seed, NOISE_SCALE, t.at(start));
      t.store(start, count);
    });
  });
}

/** See NoiseKernels.drawUniforms. */
export function drawUniforms({ exports, arena }: WasmModule<WringExports>, seed: number, targets: Float32Array): void {
  arena.scope(() => {
    const t = new Blocks(arena, targets);
    forEachBlock(t.length, (start, count) => {
      exports.drawUniforms(start, count, seed, t.at(start));
      t.store(start, count);
    });
  });
}
