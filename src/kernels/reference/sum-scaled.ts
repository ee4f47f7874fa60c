import { assertSameLength } from '../arguments.js';

/** See OptimizerKernels.sumScaled. */
export function sumScaled(sources: readonly Float32Array[], scales: readonly number[], target: Float32Array): void {
  assertSameLength('scales', scales, 'sources', sources);
  for (const source of sources) assertSameLength('a source', source, 'target', target);
  const factors = Float32Array.from(scales);
  for (let i = 0; i < target.length; i++) {
    let sum = Math.fround(factors[0] * sources[0][i]);
    for (let s = 1; s < sources.length; s++) sum = Math.fround(sum + Math.fround(factors[s] * sources[s][i]));
    target[i] = sum;
  }
}
