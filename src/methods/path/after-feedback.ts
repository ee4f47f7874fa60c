import type { Tensor } from '../../core/index.js';
import type { LayerMoments } from '../../posterior/index.js';
import type { Share } from '../uniform/allocate.js';
import { feedbackFactor } from '../uniform/error-feedback.js';

/**
 * Shares whose sensitivity is that of errors which feedback has spread: the measured one, of independent errors, times what
 * feedback leaves of them, Σ_j 1 / U_jj² / tr G. In a layer whose inputs go together (the first, those of few columns) that is
 * a tenth, elsewhere a half, so its step can be as much larger. All are scaled by one number, so that the mean bits of a weight stay.
 *
 * @param moments those without any keep their sensitivity, but for that scale
 * @param damping as in `feedbackFactor`
 */
export function afterFeedback(
  shares: readonly Share[],
  moments: ReadonlyMap<Tensor, LayerMoments>,
  damping: number,
): Share[] {
  const logs = shares.map(({ tensor }) => {
    const known = moments.get(tensor);
    return known ? Math.log(remainder(known, damping)) : 0;
  });
  const elements = shares.reduce((sum, { elementCount }) => sum + elementCount, 0);
  const mean = shares.reduce((sum, { elementCount }, i) => sum + elementCount * logs[i], 0) / elements;
  return shares.map((share, i) => ({ ...share, sensitivity: share.sensitivity * Math.exp(logs[i] - mean) }));
}

/** What feedback leaves of independent errors in all columns, 0–1. */
function remainder(moments: LayerMoments, damping: number): number {
  const { groups, columns, second } = moments;
  let [left, all] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const factor = feedbackFactor(moments, group, damping);
    for (let j = 0; j < columns; j++) {
      left += 1 / factor[j * columns + j] ** 2;
      all += second[(group * columns + j) * columns + j];
    }
  }
  return all > 0 ? left / all : 1;
}
