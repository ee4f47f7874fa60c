import { gather, sortedOrder } from '../sorted-order.js';
import { clusterRound, type WfnStep } from './round.js';
import { Unassigned } from './unassigned.js';

export interface WfnRoundOptions {
  /** Of all weights, that are fixed after the round. */
  readonly share: number;
  /** δ of this round. */
  readonly delta: number;
  readonly zeroThreshold: number;
  /** As the released code does it: begins with nothing fixed, and what is small is treated as what is not. */
  readonly asReleased: boolean;
  /** Told the number of weights that are fixed. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Fixes weights up to a share of all: those that are taken get their centroid.
 *
 * @param weights f32[n], finite; changed
 * @param fixed   u8[n], 1 where a weight is fixed; changed
 * @returns the steps in order, failed ones included
 */
export function fixWfnRound(weights: Float32Array, fixed: Uint8Array, options: WfnRoundOptions): WfnStep[] {
  const { share, delta, zeroThreshold, asReleased, onProgress = () => {} } = options;
  if (asReleased) fixed.fill(0);
  const order = sortedOrder(weights);
  const unassigned = new Unassigned(order.length, (position) => fixed[order[position]] === 0);
  const steps: WfnStep[] = [];
  clusterRound({
    sorted: gather(weights, order),
    unassigned,
    target: Math.floor(order.length * share) - (order.length - unassigned.size),
    delta,
    zeroThreshold,
    asReleased,
    take: (centroid, start, end) => {
      for (let position = start; position < end; position++) {
        weights[order[position]] = centroid;
        fixed[order[position]] = 1;
      }
    },
    onStep: (step) => {
      steps.push(step);
      onProgress(order.length - unassigned.size);
    },
  });
  return steps;
}

/** δ_t = δ · max(1, T − t) of round t of T. */
export function deltaOfRound(delta: number, round: number, rounds: number): number {
  return delta * Math.max(1, rounds - round);
}
