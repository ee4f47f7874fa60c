import type { Codebook } from '../../core/index.js';
import { codesOfValues } from '../codes-of-values.js';
import { deltaOfRound, fixWfnRound } from './fix-round.js';
import { resolveWfnOptions, type WfnOptions } from './options.js';
import type { WfnStep } from './round.js';

export interface WfnClustering {
  readonly codebook: Codebook;
  /** u16[n], indices into codebook.values. */
  readonly codes: Uint16Array;
  /** In the order in which they were made, failed ones included. */
  readonly steps: WfnStep[];
}

/**
 * Shares values among weights by the clustering rounds of WFN, without training between them. Lossy.
 *
 * @param weights    f32[n], finite
 * @param onProgress told the number of weights assigned in this round
 * @throws {WringError} E_OPTION
 */
export function clusterWfn(
  weights: Float32Array,
  options: WfnOptions = {},
  onProgress: (done: number, round: number) => void = () => {},
): WfnClustering {
  const { delta, zeroThreshold, rounds, variant } = resolveWfnOptions(options);
  const numbers = weights.slice();
  const fixed = new Uint8Array(weights.length);
  const steps = rounds.flatMap((share, t) =>
    fixWfnRound(numbers, fixed, {
      share,
      delta: deltaOfRound(delta, t, rounds.length),
      zeroThreshold,
      asReleased: variant === 'released',
      onProgress: (done) => onProgress(done, t),
    }),
  );
  return { ...codesOfValues(numbers), steps };
}
