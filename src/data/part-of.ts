import { WringError } from '../core/index.js';
import type { Dataset } from './dataset.js';
import { partOfTargets } from './targets.js';

/**
 * Samples [start, end) of a data set, as one of its own.
 *
 * @throws {WringError} E_RANGE unless 0 ≤ start < end ≤ length
 */
export function partOf(dataset: Dataset, start: number, end: number): Dataset {
  const { name, labels, targets, length } = dataset;
  if (!(start >= 0 && start < end && end <= length)) {
    throw new WringError('E_RANGE', `"${name}" has ${length} samples, so there is no part from ${start} to ${end}`);
  }
  return {
    name,
    length: end - start,
    labels: labels && Array.prototype.slice.call(labels, start, end),
    targets: targets ? partOfTargets(targets, start, end) : null,
    batch: (first, count) => {
      if (first < 0 || count < 1 || first + count > end - start) {
        throw new WringError(
          'E_RANGE',
          `"${name}": samples ${first} to ${first + count} of ${end - start} in this part`,
        );
      }
      return dataset.batch(start + first, count);
    },
  };
}
