import { powerOfTwo, sumsOfPowers } from '../../codebook/powers-of-two.js';
import { WringError } from '../../core/index.js';
import type { Kernels } from '../../kernels/index.js';
import { gather } from '../sorted-order.js';
import { Stage } from './stage.js';

/** Of each sign: twice as many, less 0, are what countVotes takes. */
const MAX_SUMS = 32768;
const SMALLEST_SIGMA = powerOfTwo(-20);

/** A centroid took `taken` weights that were at most `delta` σ away. */
export interface PwfnStep {
  readonly centroid: number;
  /** ω: most powers of two in a candidate. */
  readonly order: number;
  readonly delta: number;
  readonly taken: number;
  /** Population standard deviation of the taken means: the new σ of all of them. */
  readonly sigma: number;
}

export interface PwfnRound {
  readonly kernels: Kernels;
  /** f32[n], ascending: the means that are free in this round. */
  readonly means: Float32Array;
  /** f32[n], σ of each. */
  readonly sigmas: Float32Array;
  /** How many weights to take. */
  readonly target: number;
  readonly delta: number;
  readonly increase: number;
  readonly bits: number;
  readonly maxOrder: number;
  readonly zeroFix: boolean;
  readonly freeMiddle: boolean;
  readonly onStep: (step: PwfnStep, members: Uint32Array) => void;
}

/**
 * One clustering round of PWFN: stages with candidate sets of growing order ω and growing reach δ,
 * (ω, δ) = (1, 1) (2, 1) (2, 2) (3, 2) (3, 4) (4, 4) (4, 8) (4, 16) … for increase = 2.
 *
 * @throws {WringError} E_OPTION when the weights are so large that there are too many candidates
 */
export function clusterRound(round: PwfnRound): void {
  let members = new Uint32Array(round.means.length);
  for (let i = 0; i < members.length; i++) members[i] = i;
  let delta = round.delta;
  let order = 1;
  let left = Math.min(round.target, round.means.length);
  for (let n = 1; left > 0; n++) {
    const means = gather(round.means, members);
    const sigmas = gather(round.sigmas, members);
    for (let i = 0; i < sigmas.length; i++) sigmas[i] = Math.max(sigmas[i], SMALLEST_SIGMA);
    const limit = Math.max(-means[0], means[means.length - 1]);
    const stage = new Stage(
      { means, sigmas },
      {
        kernels: round.kernels,
        centroids: candidatesUpTo(limit, order, round.bits),
        delta,
        zeroThreshold: round.zeroFix ? powerOfTwo(-round.bits) : 0,
        freeMiddle: round.freeMiddle,
      },
    );
    const taken = new Uint8Array(members.length);
    for (let cluster = stage.next(left); cluster !== null; cluster = left > 0 ? stage.next(left) : null) {
      for (const i of cluster.members) taken[i] = 1;
      left -= cluster.members.length;
      const sigma = standardDeviation(means, cluster.members);
      round.onStep(
        { centroid: cluster.centroid, order, delta, taken: cluster.members.length, sigma },
        pick(members, cluster.members),
      );
    }
    members = withoutTaken(members, taken);
    if (order < round.maxOrder && n % 2 === 1) order++;
    else delta *= round.increase;
  }
}

/** picked[j] = from[indices[j]]. */
function pick(from: Uint32Array, indices: Uint32Array): Uint32Array {
  const picked = new Uint32Array(indices.length);
  for (let j = 0; j < indices.length; j++) picked[j] = from[indices[j]];
  return picked;
}

function withoutTaken(members: Uint32Array, taken: Uint8Array): Uint32Array<ArrayBuffer> {
  const kept = new Uint32Array(members.length);
  let size = 0;
  for (let i = 0; i < members.length; i++) if (taken[i] === 0) kept[size++] = members[i];
  return kept.slice(0, size);
}

function candidatesUpTo(limit: number, order: number, bits: number): Float32Array {
  const candidates = sumsOfPowers(-bits, limit, order, MAX_SUMS);
  if (candidates) return candidates;
  throw new WringError(
    'E_OPTION',
    `pwfn: sums of ${order} powers of two from 2^-${bits} to the largest weight, ${limit}, are more than ` +
      `${MAX_SUMS}; lower bits or maxOrder, or leave that tensor out with ignoredScope`,
  );
}

/** Of the population, in two passes. */
function standardDeviation(values: Float32Array, members: Uint32Array): number {
  let sum = 0;
  for (const i of members) sum += values[i];
  const mean = sum / members.length;
  let squares = 0;
  for (const i of members) squares += (values[i] - mean) * (values[i] - mean);
  return Math.fround(Math.sqrt(squares / members.length));
}
