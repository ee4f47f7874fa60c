import { type Codebook, WringError } from '../../core/index.js';
import { type Kernels, referenceKernels } from '../../kernels/index.js';
import { codesOfValues } from '../codes-of-values.js';
import { deltaOfRound, fixPwfnRound } from './fix-round.js';
import { type PwfnOptions, resolvePwfnOptions } from './options.js';
import type { PwfnStep } from './round.js';

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
  const { rounds, variant, ...rest } = resolvePwfnOptions(options);
  const numbers = means.slice();
  const spreads = sigmas.slice();
  const fixed = new Uint8Array(means.length);
  const steps = rounds.flatMap((share, t) =>
    fixPwfnRound(numbers, spreads, fixed, {
      ...rest,
      kernels,
      share,
      delta: deltaOfRound(rest, t, rounds.length),
      asReleased: variant === 'released',
      join: 'std-mu',
      onProgress: (done) => onProgress(done, t),
    }),
  );
  return { ...codesOfValues(numbers), sigmas: spreads, steps };
}
