import type { Document, Tensor, Transform, TransformContext } from '../../core/index.js';
import { loadKernels } from '../../kernels/index.js';
import { assertInRange } from '../option-checks.js';
import { type MultipointOptions, resolveMultipointOptions } from './options.js';
import { MultipointPlan, type MultipointTargets } from './plan.js';

export { joinPoints } from './join-points.js';
export { MULTIPOINT_DEFAULTS, type MultipointOptions, type PointRule } from './options.js';
export type { MultipointLayer, MultipointTargets } from './plan.js';
export { type ActivationTargets, quantizeActivations } from './quantize-activations.js';
export { spellProducts } from './spell-products.js';

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
 * @param widths   values of `bits` to try; the one with the fewest bits in all is kept
 * @param onPieces told which tensors stand for each
 * @throws {WringError} E_OPTION at once
 */
export function multipointWithin(
  targets: MultipointTargets,
  noise: number,
  widths: readonly number[],
  options: Omit<MultipointOptions, 'points' | 'bits'> = {},
  onPieces: (pieces: ReadonlyMap<Tensor, readonly Tensor[]>) => void = () => {},
): Transform {
  assertInRange('multipoint', 'noise', noise, Number.MIN_VALUE, 1);
  const all = widths.map((bits) => resolveMultipointOptions({ ...options, bits }));
  return async (document, context) => {
    const kernels = await loadKernels();
    let best: Attempt | null = null;
    for (const resolved of all) {
      const plan = new MultipointPlan(document, targets, resolved, kernels, context);
      const attempt = await keepWithin(plan, document, noise, context);
      plan.restore();
      if (best === null || isBetter(attempt, best, noise)) best = attempt;
    }
    best?.plan.setValues(best.counts);
    onPieces(best?.plan.spell(document, best.counts) ?? new Map());
  };
}

interface Attempt {
  readonly plan: MultipointPlan;
  readonly counts: readonly Uint8Array[];
  readonly bits: number;
  readonly error: number;
}

/** The fewest points whose measured error is within `noise`, or the last ones tried. */
async function keepWithin(
  plan: MultipointPlan,
  document: Document,
  noise: number,
  context: TransformContext,
): Promise<Attempt> {
  const { outputs } = plan.targets.posterior;
  let aim = noise;
  for (let tries = 1; ; tries++) {
    const counts = plan.count({ by: 'noise', value: aim });
    plan.setValues(counts);
    const error = outputs ? await outputs.measure(document) : 0;
    const bits = plan.estimateBits(counts);
    context.logger.debug(
      `multipoint: ${plan.options.bits}-bit points, output error ${error.toPrecision(3)} of ${noise} in try ${tries}`,
    );
    if (error <= noise || tries === MAX_TRIES) return { plan, counts, bits, error };
    aim *= Number.isFinite(error) ? (0.8 * noise) / error : 1 / 16;
  }
}

/** What is within the noise beats what is not; then the fewer bits count, or the smaller error. */
function isBetter(a: Attempt, b: Attempt, noise: number): boolean {
  const [first, second] = [a.error <= noise, b.error <= noise];
  if (first !== second) return first;
  return first ? a.bits < b.bits : a.error < b.error;
}
