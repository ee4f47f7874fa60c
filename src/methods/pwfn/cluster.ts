import { type Codebook, WringError } from '../../core/index.js';
import { type Kernels, referenceKernels } from '../../kernels/index.js';
import { CentroidTable, UNASSIGNED } from '../centroid-table.js';
import { gather, sortedOrder } from '../sorted-order.js';
import { type PwfnOptions, resolvePwfnOptions } from './options.js';
import { clusterRound, type PwfnStep } from './round.js';

export interface PwfnClustering {
  readonly codebook: Codebook;
  /** u16[n], indices into codebook.values. */
  readonly codes: Uint16Array;
  /** f32[n], σ after the last round. */
  readonly sigmas: Float32Array;
  /** In the order in which they were made. */
  readonly steps: PwfnStep[];
}

/**
 * Shares values among weights by the clustering rounds of PWFN, without training between them. Lossy.
 *
 * @param means      f32[n], finite
 * @param sigmas     f32[n], ≥ 0, finite: how far each may move, e.g. from `pwfnPrior`; below 2^-20 they count as 2^-20
 * @param onProgress told the number of weights assigned in this round
 * @throws {WringError} E_OPTION, E_SHAPE
 */
export function clusterPwfn(
  means: Float32Array,
  sigmas: Float32Array,
  options: PwfnOptions = {},
  kernels: Kernels = referenceKernels,
  onProgress: (done: number, round: number) => void = () => {},
): PwfnClustering {
  if (means.length !== sigmas.length) {
    throw new WringError(
      'E_SHAPE',
      `Expected a sigma for each of ${means.length} weights but received ${sigmas.length}`,
    );
  }
  const { delta, deltaEnd, rounds, variant, ...rest } = resolvePwfnOptions(options);
  const table = new CentroidTable();
  const codes = new Uint16Array(means.length).fill(UNASSIGNED);
  const currentSigmas = sigmas.slice();
  const steps: PwfnStep[] = [];
  rounds.forEach((share, t) => {
    const current =
      t === 0 ? means : means.map((mean, i) => (codes[i] === UNASSIGNED ? mean : table.valueOf(codes[i])));
    if (variant === 'released') codes.fill(UNASSIGNED);
    const order = sortedOrder(current).filter((i) => codes[i] === UNASSIGNED);
    let done = means.length - order.length;
    clusterRound({
      ...rest,
      kernels,
      means: gather(current, order),
      sigmas: gather(currentSigmas, order),
      target: Math.ceil(means.length * share) - done,
      delta: rounds.length === 1 ? delta : delta + ((deltaEnd - delta) * t) / (rounds.length - 1),
      freeMiddle: variant === 'released',
      onStep: (step, members) => {
        steps.push(step);
        const code = table.codeOf(step.centroid);
        for (const i of members) {
          codes[order[i]] = code;
          currentSigmas[order[i]] = step.sigma;
        }
        done += members.length;
        onProgress(done, t);
      },
    });
  });
  return { codebook: table.finish(codes), codes, sigmas: currentSigmas, steps };
}
