import { stopIfAborted, type Tensor, type Transform } from '../../core/index.js';
import { type Posterior, standardDeviation } from '../../posterior/index.js';
import { assertInRange } from '../option-checks.js';
import { allocateSteps, type Share } from '../uniform/allocate.js';
import { readFinite } from '../weights.js';
import { type GpfqTargets, gpfq, restorePoint } from './gpfq.js';
import type { GpfqOptions } from './options.js';

export interface NoiseTargets extends Omit<GpfqTargets, 'steps'> {
  readonly posterior: Posterior;
}

const MAX_TRIES = 6;

/** What the defaults of {@link gpfqWithin} are beyond those of `gpfq`: on ResNet-20 with 512 samples worth 0.7 points at equal bytes. */
const FOLLOWING: GpfqOptions = { path: 'feedback', damping: 0.01 };

/**
 * {@link gpfq} with a step of its own for every tensor, in place of the papers' alphabets: by reverse water-filling over the
 * sensitivity of the outputs, as `uniform` has them; and rows are followed with all columns in view. Shrinks all steps until the measured error of the outputs is within
 * `noise` (0–1, see `UniformOptions`). Lossy.
 *
 * @throws {WringError} E_OPTION at once
 */
export function gpfqWithin(targets: NoiseTargets, noise: number, options: GpfqOptions = {}): Transform {
  assertInRange('gpfq', 'noise', noise, Number.MIN_VALUE, 1);
  return async (document, context) => {
    const { sensitivity, outputs } = targets.posterior;
    const shares = targets.weights.flatMap(({ tensor }) => shareOf(tensor, sensitivity.get(tensor)));
    if (shares.length === 0) return;
    const weights = targets.weights.filter(({ tensor }) => shares.some((share) => share.tensor === tensor));
    const restore = restorePoint(targets);
    let budget = noise;
    for (let attempt = 1; ; attempt++) {
      stopIfAborted(context.signal, 'choosing values by gpfq');
      const steps = allocateSteps(shares, budget);
      await document.transformWith(context, gpfq({ ...targets, weights, steps }, { ...FOLLOWING, ...options }));
      const error = outputs ? await outputs.measure(document) : 0;
      context.logger.debug(`gpfq: output error ${error.toPrecision(3)} of ${noise} in try ${attempt}`);
      if (error <= noise || attempt === MAX_TRIES) return;
      budget *= Number.isFinite(error) ? (0.8 * noise) / error : 1 / 16;
      restore();
    }
  };
}

function shareOf(tensor: Tensor, sensitivity: number | undefined): Share[] {
  const spread = standardDeviation(readFinite(tensor));
  return sensitivity && spread > 0 ? [{ tensor, elementCount: tensor.elementCount, sensitivity, spread }] : [];
}
