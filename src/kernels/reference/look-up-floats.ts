import type { ScaleRuns } from '../decode-kernels.js';

/** floats[i] = values[symbols[i]] */
export function lookUpFloats(symbols: Uint8Array, values: Float32Array, floats: Float32Array): void {
  for (let i = 0; i < floats.length; i++) floats[i] = values[symbols[i]];
}

/** Multiplies every float by the scale of its run; the product is rounded to float32. */
export function scaleFloats(floats: Float32Array, { scales, first, rest, inner }: ScaleRuns): void {
  for (let i = 0; i < floats.length; i++) {
    const run = i < rest ? 0 : 1 + Math.floor((i - rest) / inner);
    floats[i] *= scales[(first + run) % scales.length];
  }
}
