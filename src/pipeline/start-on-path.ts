import type { Document, TransformContext } from '../core/index.js';
import { loadKernels } from '../kernels/index.js';
import { followPath, PATH_DEFAULTS } from '../methods/path/index.js';
import { LEAST_BITS, type RateTraining, rateTraining } from '../methods/rate/index.js';
import { codeEntropyBits } from '../methods/tensor-bits.js';
import type { Share } from '../methods/uniform/allocate.js';
import type { WeightRef } from '../methods/weights.js';
import { restorePoint } from '../methods/within-noise.js';
import type { Posterior } from '../posterior/index.js';
import type { TrainPorts } from '../training/index.js';

/** Walks until the bits are met. */
const WALKS = 3;
/** Bits that training may begin with, as a share of those that it is to end with. */
const SURPLUS = 1.03;

/**
 * Levels that training under a rate term begins with: by error feedback along the layers, which no training of some epochs finds.
 * Feedback takes more bits than rounding at the same steps, so steps are planned for fewer.
 */
export async function startOnPath(
  document: Document,
  refs: readonly WeightRef[],
  shares: readonly Share[],
  posterior: Posterior,
  bits: number,
  { runtime, ...context }: Pick<TrainPorts, 'runtime'> & TransformContext,
): Promise<RateTraining> {
  const kernels = await loadKernels();
  const feeds = posterior.outputs?.feeds;
  if (!feeds) return rateTraining(shares, { bits }, kernels);
  const open = new Set(shares.map(({ tensor }) => tensor));
  const weights = refs.filter(({ tensor }) => open.has(tensor));
  const biases = refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor);
  const restore = restorePoint({ weights, biases });
  const elements = shares.reduce((sum, { elementCount }) => sum + elementCount, 0);
  let planned = bits;
  for (let walk = 1; ; walk++) {
    const training = rateTraining(shares, { bits, planned }, kernels);
    const targets = { weights, biases, posterior, feeds, runtime };
    await followPath(document, targets, training.steps, { ...PATH_DEFAULTS, trellis: false }, kernels, context);
    const taken = weights.reduce((sum, { tensor }) => sum + codeEntropyBits(tensor), 0) / elements;
    context.logger.debug(
      `levels along the path take ${taken.toFixed(3)} bits of ${bits}, planned for ${planned.toFixed(3)}`,
    );
    if (walk === WALKS || taken <= SURPLUS * bits) {
      for (const { tensor } of weights) tensor.setFloat32(tensor.toFloat32());
      return training;
    }
    restore();
    planned = Math.max(LEAST_BITS, (planned * bits) / taken);
  }
}
