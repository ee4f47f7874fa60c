import { DataType, type Dimension, type Document, Random, WringError } from '../core/index.js';
import type { Kernels } from '../kernels/index.js';
import type { Feeds } from '../runtime/parallel.js';
import { fixedDims, type Shapes } from './autodiff/shapes.js';
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

/**
 * The dims of one sample of a value, for noise of its size.
 *
 * @param what the value in words, as the error begins
 * @throws {WringError} E_UNSUPPORTED for other first dims than those of the model's input, and for free sizes after them
 */
export function noiseDims({ graph }: Document, shapes: Shapes, name: string, what: string): readonly number[] {
  const dims: readonly Dimension[] = shapes.of(name);
  const samples = graph.inputs[0]?.dims ? shapes.of(graph.inputs[0].name)[0] : null;
  const own = fixedDims(dims.slice(1));
  if (dims.length > 0 && dims[0] === samples && own) return own;
  throw new WringError(
    'E_UNSUPPORTED',
    `${what}: expected [samples, fixed sizes], to draw noise for them, but they are [${dims.join(', ')}]; state the dims of the ` +
      "model's input, or leave the layer out with ignoredScope",
  );
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
