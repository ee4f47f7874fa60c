import { int } from '../autodiff/graph-writer.js';
import type { LossSite } from './index.js';

/** Mean of (value − target)²; `relative` divides it by the mean of target². */
export function squaredError(
  site: LossSite,
  value: string,
  { source, relative }: { source: string | null; relative: boolean },
): string {
  const { shapes, write } = site;
  const target = site.target(shapes.of(value), source);
  const meanSquare = (x: string) => write.emit('ReduceMean', [write.mul(x, x)], { keepdims: int(0) });
  const error = meanSquare(write.sub(value, target));
  // A block that is all zero has no scale of its own.
  return relative ? write.div(error, write.emit('Max', [meanSquare(target), write.scalar(1e-20)])) : error;
}
