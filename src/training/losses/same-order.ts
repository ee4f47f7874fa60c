import type { Dimension } from '../../core/index.js';
import type { GraphWriter } from '../autodiff/graph-writer.js';

/** `value` of dims `from`, brought to `to`: the same numbers in the same order, perhaps with axes of length 1 more or less. */
export function sameOrder(
  write: GraphWriter,
  value: string,
  from: readonly Dimension[],
  to: readonly Dimension[],
): string {
  if (from.length === to.length && from.every((dim, axis) => dim === to[axis])) return value;
  const free = to.filter((dim) => typeof dim !== 'number');
  // A free size is copied from where it stands in `from`, but for one, which follows from the rest.
  const parts = to.map((dim) => {
    if (typeof dim === 'number') return write.ints([dim]);
    if (free.length === 1) return write.ints([-1]);
    return write.emit('Gather', [write.emit('Shape', [value]), write.ints([from.indexOf(dim)])]);
  });
  const shape = parts.length === 1 ? parts[0] : write.emit('Concat', parts, { axis: { kind: 'int', value: 0n } });
  return write.emit('Reshape', [value, shape]);
}
