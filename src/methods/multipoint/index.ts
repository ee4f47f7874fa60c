import type { Tensor, Transform } from '../../core/index.js';
import { loadKernels } from '../../kernels/index.js';
import { assertInRange } from '../option-checks.js';
import { type MultipointOptions, resolveMultipointOptions } from './options.js';
import { MultipointPlan, type MultipointTargets } from './plan.js';

export { MULTIPOINT_DEFAULTS, type MultipointOptions, type PointRule } from './options.js';
export type { MultipointLayer, MultipointTargets } from './plan.js';
export { joinPoints } from './spell-points.js';

/**
 * Multipoint quantization: every output channel is a sum of one or more low-bit vectors with a scale each, and the channels
 * that suffer most get more of them. Lossy. Where a channel has several, the tensor becomes the result of a few nodes (see
 * `spellPoints`).
 *
 * @throws {WringError} E_OPTION at once; E_NOT_FINITE, E_INTERRUPTED while it runs
 * @see Liu, Ye, Zhou, Liu 2021, arXiv 2002.09049; README.md beside this file for the rules and what was found
 */
export function multipoint(targets: MultipointTargets, options: MultipointOptions = {}): Transform {
  const resolved = resolveMultipointOptions(options);
  return async (document, context) => {
    const plan = new MultipointPlan(document, targets, resolved, await loadKernels(), context);
    const counts = plan.count(resolved.points);
    plan.setValues(counts);
    plan.spell(document, counts);
  };
}

const MAX_TRIES = 6;

/**
 * {@link multipoint} with as many points as keep the error of the network's outputs within `noise` (0–1, see
 * `UniformOptions`), each where it gains most by a byte. The error is measured, and the aim corrected, a few times.
 *
 * @param onPieces told which tensors stand for each
 * @throws {WringError} E_OPTION at once
 */
export function multipointWithin(
  targets: MultipointTargets,
  noise: number,
  options: Omit<MultipointOptions, 'points'> = {},
  onPieces: (pieces: ReadonlyMap<Tensor, readonly Tensor[]>) => void = () => {},
): Transform {
  assertInRange('multipoint', 'noise', noise, Number.MIN_VALUE, 1);
  const resolved = resolveMultipointOptions(options);
  return async (document, context) => {
    const plan = new MultipointPlan(document, targets, resolved, await loadKernels(), context);
    let aim = noise;
    for (let attempt = 1; ; attempt++) {
      const counts = plan.count({ by: 'noise', value: aim });
      plan.setValues(counts);
      const error = (await targets.posterior.outputs?.measure(document)) ?? 0;
      context.logger.debug(`multipoint: output error ${error.toPrecision(3)} of ${noise} in try ${attempt}`);
      if (error <= noise || attempt === MAX_TRIES) {
        onPieces(plan.spell(document, counts));
        return;
      }
      aim *= Number.isFinite(error) ? (0.8 * noise) / error : 1 / 16;
    }
  };
}
