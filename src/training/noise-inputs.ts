import { DataType, Random } from '../core/index.js';
import type { Kernels } from '../kernels/index.js';
import type { Feeds } from '../runtime/parallel.js';
import { STREAM } from './batches.js';

/** An input of the training graph that is drawn anew in every step. */
export interface NoiseInput {
  /** Of the graph's input: float32, `[samples, ...dims]`. */
  readonly name: string;
  /** Of one sample. */
  readonly dims: readonly number[];
  /** Nearly N(0, 1), or uniform between 0 and 1 with neither of them; see `NoiseKernels`. */
  readonly distribution: 'normal' | 'uniform';
}

/** Draws for the samples of one run, as seed, step and shard decide: the same on whatever worker, and after a cut. */
export function drawNoise(
  inputs: readonly NoiseInput[],
  samples: number,
  { seed, step, shard }: { readonly seed: number; readonly step: number; readonly shard: number },
  kernels: Kernels,
): Feeds {
  const random = new Random(seed).fork(STREAM.NOISE).fork(step).fork(shard);
  return Object.fromEntries(
    inputs.map(({ name, dims, distribution }, i) => {
      const data = new Float32Array(dims.reduce((product, dim) => product * dim, samples));
      const own = random.fork(i).seed;
      if (distribution === 'normal') kernels.drawNormals(own, data);
      else kernels.drawUniforms(own, data);
      return [name, { dataType: DataType.FLOAT, dims: [samples, ...dims], data }];
    }),
  );
}
