import type { Codebook } from '../../core/index.js';
import { CentroidTable, UNASSIGNED } from '../centroid-table.js';
import { gather, sortedOrder } from '../sorted-order.js';
import { resolveWfnOptions, type WfnOptions } from './options.js';
import { clusterRound, type WfnStep } from './round.js';
import { Unassigned } from './unassigned.js';

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
  const table = new CentroidTable();
  const codes = new Uint16Array(weights.length).fill(UNASSIGNED);
  const steps: WfnStep[] = [];
  let current = weights;
  rounds.forEach((share, t) => {
    if (t > 0) current = current.map((weight, i) => (codes[i] === UNASSIGNED ? weight : table.valueOf(codes[i])));
    if (variant === 'released') codes.fill(UNASSIGNED);
    const order = sortedOrder(current);
    const unassigned = new Unassigned(order.length, (position) => codes[order[position]] === UNASSIGNED);
    const fixed = order.length - unassigned.size;
    clusterRound({
      sorted: gather(current, order),
      unassigned,
      target: Math.floor(order.length * share) - fixed,
      delta: delta * Math.max(1, rounds.length - t),
      zeroThreshold,
      take: (centroid, start, end) => {
        const code = table.codeOf(centroid);
        for (let position = start; position < end; position++) codes[order[position]] = code;
      },
      onStep: (step) => {
        steps.push(step);
        onProgress(order.length - unassigned.size, t);
      },
    });
  });
  return { codebook: table.finish(codes), codes, steps };
}
