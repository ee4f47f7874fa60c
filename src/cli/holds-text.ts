import { isFloat } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';

/** Whether samples are tokens [N, T] without labels or targets: each token is the label of those before it. */
export function holdsText(dataset: Dataset): boolean {
  if (dataset.labels || dataset.targets || dataset.length === 0) return false;
  const { dataType, dims } = dataset.batch(0, 1);
  return dims.length === 2 && !isFloat(dataType);
}
