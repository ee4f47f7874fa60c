import { WringError } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import type { LossSite } from './index.js';
import { logitsOf } from './logits.js';
import type { DistillationLoss } from './loss.js';
import { sameOrder } from './same-order.js';

/** T² · mean over positions of Σ p (log p − log q), p and q being the softmax of the teacher's and the model's logits / T. */
export function distillation(site: LossSite, output: string, { axis = -1, temperature = 1 }: DistillationLoss): string {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new WringError('E_OPTION', `Loss "distillation": expected a temperature above 0 but received ${temperature}`);
  }
  const { document, shapes, write } = site;
  const logits = logitsOf(document, shapes, output, axis);
  const source = site.knownBefore(logits.name);
  const given = site.target(shapes.of(source), source);
  const teacher = sameOrder(write, given, shapes.of(source), shapes.of(logits.name));
  const logs = (x: string) => write.emit('LogSoftmax', [write.times(x, 1 / temperature)], { axis: int(logits.axis) });
  const [p, q] = [logs(teacher), logs(logits.name)];
  const terms = write.mul(write.emit('Exp', [p]), write.sub(p, q));
  const divergence = write.emit('ReduceSum', [terms, write.ints([logits.axis])], { keepdims: int(0) });
  const mean = write.emit('ReduceMean', [divergence], { keepdims: int(0) });
  return write.times(mean, temperature * temperature);
}
