import { DataType, WringError } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import { fromFront, range } from '../autodiff/shapes.js';
import type { LossSite } from './index.js';
import { logitsOf } from './logits.js';
import type { CrossEntropyLoss } from './loss.js';
import { sameOrder } from './same-order.js';

/**
 * −Σ one-hot · LogSoftmax(logits) / count, count being the number of labels that are classes. A label of −1 equals no class,
 * so its row is zero.
 *
 * @throws {WringError} E_SHAPE where the number of classes is free
 */
export function crossEntropy(site: LossSite, output: string, { axis = -1 }: CrossEntropyLoss): string {
  const { document, shapes, write } = site;
  const logits = logitsOf(document, shapes, output, axis);
  const dims = shapes.of(logits.name);
  const outputDims = shapes.of(output);
  const labelDims = outputDims.filter((_, i) => i !== fromFront(axis, outputDims.length));
  const classes = dims[logits.axis];
  if (typeof classes !== 'number') {
    throw new WringError('E_SHAPE', `Output "${output}" has no fixed number of classes; state it in the model`);
  }
  const target = site.labels(labelDims, classes);
  const labels = sameOrder(
    write,
    target,
    labelDims,
    dims.filter((_, i) => i !== logits.axis),
  );
  const column = write.emit('Unsqueeze', [labels, write.ints([logits.axis])]);
  const after = dims.slice(logits.axis + 1).map(() => 1);
  const numbers = write.emit('Reshape', [write.ints(range(0, classes)), write.ints([classes, ...after])]);
  const oneHot = write.emit('Cast', [write.emit('Equal', [column, numbers])], { to: int(DataType.FLOAT) });
  const logs = write.emit('LogSoftmax', [logits.name], { axis: int(logits.axis) });
  const sum = (value: string) => write.emit('ReduceSum', [value], { keepdims: int(0) });
  const count = write.emit('Max', [sum(oneHot), write.scalar(1)]);
  return write.emit('Neg', [write.div(sum(write.mul(oneHot, logs)), count)]);
}
