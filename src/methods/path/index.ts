import { roundToPowerOfTwo } from '../../codebook/powers-of-two.js';
import type { Tensor, Transform } from '../../core/index.js';
import { loadKernels } from '../../kernels/index.js';
import type { Posterior } from '../../posterior/index.js';
import { type WalkTargets, walkLayers } from '../gpfq/index.js';
import { allocateSteps, listShares, type Share } from '../uniform/allocate.js';
import { withinNoise } from '../within-noise.js';
import { afterFeedback } from './after-feedback.js';
import { LevelChooser } from './choose-levels.js';
import { type PathOptions, resolvePathOptions } from './options.js';

export { PATH_DEFAULTS, type PathOptions } from './options.js';

/** The largest step, in standard deviations: larger than {@link allocateSteps} has it, for feedback mends much of what it costs. */
const MAX_STEP = 2;

/** What {@link path} works on. */
export interface PathTargets extends WalkTargets {
  readonly posterior: Posterior;
}

/**
 * Rate-aware path following: layer after layer, levels by error and bits so that the layer's output behind the layers that are
 * quantized already stays what it was. Lossy; no labels, no training.
 *
 * Steps come from one budget of noise; what a column of weights loses, those after it make up for; levels follow the
 * trellis of the format, on a path of least importance · error² + λ · bits of the coder's own model, which is learned anew
 * from layer to layer.
 *
 * @throws {WringError} E_OPTION at once; E_NOT_FINITE, E_RUNTIME, E_INTERRUPTED while it runs
 * @see README.md beside this file
 */
export function path(targets: PathTargets, options: PathOptions = {}): Transform {
  const resolved = resolvePathOptions(options);
  const { sharedValues } = resolved;
  const trellis = resolved.trellis && !sharedValues;
  return async (document, context) => {
    const independent = listShares(targets.weights, targets.posterior);
    if (independent.length === 0) return;
    const shares = afterFeedback(independent, targets.posterior.moments, resolved.damping);
    const kernels = await loadKernels();
    const changed = new Set(shares.map(({ tensor }) => tensor));
    const weights = targets.weights.filter(({ tensor }) => changed.has(tensor));
    await withinNoise('path', document, targets, resolved.noise, context, async (budget) => {
      const steps = stepsWithin(shares, budget, sharedValues);
      const chooser = new LevelChooser(steps, targets.posterior.moments, { ...resolved, trellis }, kernels);
      const walk = { biasCorrection: resolved.biasCorrection ? 'all' : 'none' } as const;
      await walkLayers('path', document, { ...targets, weights }, walk, context, (tensor, moments) =>
        chooser.choose(tensor, moments),
      );
    });
  };
}

function stepsWithin(shares: readonly Share[], budget: number, shared: boolean): ReadonlyMap<Tensor, number> {
  const steps: ReadonlyMap<Tensor, number> = allocateSteps(shares, budget, MAX_STEP);
  return shared ? new Map(Array.from(steps, ([tensor, step]) => [tensor, roundToPowerOfTwo(step, 0)])) : steps;
}
