import type { Transform } from '../../core/index.js';
import type { Kernels } from '../../kernels/index.js';
import { pwfnPrior } from '../../posterior/pwfn-prior.js';
import {
  type NetworkWeights,
  SHARED_WEIGHTS_DEFAULTS,
  type SharedWeightsOptions,
  shareValues,
} from '../share-values.js';
import { clusterPwfn } from './cluster.js';
import {
  PWFN_DEFAULTS as CLUSTER_DEFAULTS,
  type PwfnOptions as ClusterOptions,
  resolvePwfnOptions,
} from './options.js';

export { clusterPwfn, type PwfnClustering } from './cluster.js';
export { PWFN_SCHEDULE, SIGMA_JOINS, type SigmaJoin } from './options.js';
export type { PwfnStep } from './round.js';
export { type PwfnTrainingOptions, pwfnTraining } from './training.js';
export type PwfnOptions = ClusterOptions & SharedWeightsOptions;

export const PWFN_DEFAULTS: Readonly<Required<PwfnOptions>> = { ...CLUSTER_DEFAULTS, ...SHARED_WEIGHTS_DEFAULTS };

/**
 * Probabilistic Weight Fixing, after training: one codebook of sums of powers of two for the whole network, every weight
 * moved by a small multiple of its σ, and σ from the power-of-two prior. Lossy; needs no data.
 *
 * @throws {WringError} E_OPTION at once or when weights are too large; E_NOT_FINITE, E_INTERRUPTED while it runs
 * @see Subia-Waud & Dasmahapatra 2023, arXiv 2309.13575; README.md beside this file for the equations
 */
export function pwfn(options: PwfnOptions = {}): Transform {
  const { roles, ignoredScope, ...rest } = { ...PWFN_DEFAULTS, ...options };
  const resolved = resolvePwfnOptions(rest);
  return shareValues('pwfn', { roles, ignoredScope }, (weights, kernels, onProgress) =>
    clusterPwfn(weights.values, priorOf(weights, kernels), resolved, kernels, onProgress),
  );
}

/** The prior is a matter of each tensor. */
function priorOf({ values, ends }: NetworkWeights, kernels: Kernels): Float32Array {
  const sigmas = new Float32Array(values.length);
  ends.forEach((end, i) => {
    const start = i === 0 ? 0 : ends[i - 1];
    sigmas.set(pwfnPrior(values.subarray(start, end), kernels), start);
  });
  return sigmas;
}
