import type { Transform } from '../../core/index.js';
import { SHARED_WEIGHTS_DEFAULTS, type SharedWeightsOptions, shareValues } from '../share-values.js';
import { clusterWfn } from './cluster.js';
import { WFN_DEFAULTS as CLUSTER_DEFAULTS, type WfnOptions as ClusterOptions, resolveWfnOptions } from './options.js';

export { clusterWfn, type WfnClustering } from './cluster.js';
export { WFN_SCHEDULE } from './options.js';
export type { WfnStep } from './round.js';
export { type WfnTrainingOptions, wfnTraining } from './training.js';
export type WfnOptions = ClusterOptions & SharedWeightsOptions;

export const WFN_DEFAULTS: Readonly<Required<WfnOptions>> = { ...CLUSTER_DEFAULTS, ...SHARED_WEIGHTS_DEFAULTS };

/**
 * Weight Fixing Networks, after training: one codebook of sums of powers of two for the whole network, each cluster moved
 * by at most `delta` of its weights' size on average. Lossy; needs no data.
 *
 * @throws {WringError} E_OPTION at once; E_NOT_FINITE, E_INTERRUPTED while it runs
 * @see Subia-Waud & Dasmahapatra 2022, arXiv 2210.13554; README.md beside this file for the equations
 */
export function wfn(options: WfnOptions = {}): Transform {
  const { roles, ignoredScope, ...rest } = { ...WFN_DEFAULTS, ...options };
  const resolved = resolveWfnOptions(rest);
  return shareValues('wfn', { roles, ignoredScope }, ({ values }, _kernels, onProgress) =>
    clusterWfn(values, resolved, onProgress),
  );
}
