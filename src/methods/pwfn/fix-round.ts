import type { Kernels } from '../../kernels/index.js';
import { gather, sortedOrder } from '../sorted-order.js';
import type { PwfnOptions, SigmaJoin } from './options.js';
import { clusterRound, type PwfnStep } from './round.js';

export interface PwfnRoundOptions extends Required<Pick<PwfnOptions, 'increase' | 'bits' | 'maxOrder' | 'zeroFix'>> {
  /** Of all weights, that are fixed after the round. */
  readonly share: number;
  /** δ of this round. */
  readonly delta: number;
  /** As the released code does it: begins with nothing fixed, and what is free is the middle centroid. */
  readonly asReleased: boolean;
  readonly join: SigmaJoin;
  readonly kernels: Kernels;
  /** Told the number of weights that are fixed. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Fixes weights up to a share of all: those that are taken get their centroid, and a spread by `join`.
 *
 * @param means   f32[n], finite; changed
 * @param spreads f32[n], σ, finite; changed
 * @param fixed   u8[n], 1 where a weight is fixed; changed
 * @returns the steps in order
 * @throws {WringError} E_OPTION when the weights are so large that there are too many candidates
 */
export function fixPwfnRound(
  means: Float32Array,
  spreads: Float32Array,
  fixed: Uint8Array,
  { share, asReleased, join, onProgress = () => {}, ...options }: PwfnRoundOptions,
): PwfnStep[] {
  if (asReleased) fixed.fill(0);
  const order = sortedOrder(means).filter((i) => fixed[i] === 0);
  let done = means.length - order.length;
  const steps: PwfnStep[] = [];
  clusterRound({
    ...options,
    means: gather(means, order),
    sigmas: gather(spreads, order),
    target: Math.ceil(means.length * share) - done,
    freeMiddle: asReleased,
    onStep: (step, members) => {
      steps.push(step);
      const taken = members.map((i) => order[i]);
      joinSigmas(spreads, taken, step.sigma, join);
      for (const i of taken) {
        means[i] = step.centroid;
        fixed[i] = 1;
      }
      done += members.length;
      onProgress(done);
    },
  });
  return steps;
}

/** @param deviation of the means of those that were taken */
function joinSigmas(spreads: Float32Array, taken: Uint32Array, deviation: number, join: SigmaJoin): void {
  if (join === 'std-mu') for (const i of taken) spreads[i] = deviation;
  else if (join === 'half') for (const i of taken) spreads[i] /= 2;
  else if (join === 'tenth') for (const i of taken) spreads[i] /= 10;
  else if (join === 'mean-sigma') {
    let squares = 0;
    for (const i of taken) squares += spreads[i] * spreads[i];
    const root = Math.sqrt(squares / taken.length);
    for (const i of taken) spreads[i] = root;
  }
}

/** δ of round t of T: from `delta` to `deltaEnd` in a line. */
export function deltaOfRound(
  { delta, deltaEnd }: Required<Pick<PwfnOptions, 'delta' | 'deltaEnd'>>,
  round: number,
  rounds: number,
): number {
  return rounds === 1 ? delta : delta + ((deltaEnd - delta) * round) / (rounds - 1);
}
