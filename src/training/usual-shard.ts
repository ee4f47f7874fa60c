import type { Graph } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { samplesPerRun } from '../evaluation/index.js';
import type { ResolvedTrainOptions } from './options.js';

/** As many as one thread works on at its best, where samples are small; and enough for the statistics of a batch. */
const SHARD = 32;

/**
 * Samples of one run where nobody asks for a number: 32, or fewer where they are large and nothing is normalized by the statistics of a
 * run, since memory grows with them (SqueezeNet, 224 × 224: 2.1 GB with 32, 0.6 GB with 2, in less time).
 */
export function usualShard(
  { nodes }: Graph,
  dataset: Dataset,
  { batchNorm }: Pick<ResolvedTrainOptions, 'batchNorm'>,
): number {
  const normalizes = batchNorm === 'batch' && nodes.some(({ opType }) => opType === 'BatchNormalization');
  return normalizes ? SHARD : samplesPerRun(dataset.batch(0, 1).data.length, SHARD);
}
