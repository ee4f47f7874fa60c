import { int } from '../autodiff/graph-writer.js';
import type { LossSite } from './index.js';
import { sigmoidInput } from './logits.js';
import { sameOrder } from './same-order.js';

/** −t log σ(x) − (1 − t) log(1 − σ(x)) = softplus(x) − x t. */
export function binaryCrossEntropy(site: LossSite, output: string): string {
  const { document, shapes, write } = site;
  const x = sigmoidInput(document, output);
  const given = site.target(shapes.of(output), null);
  const target = sameOrder(write, given, shapes.of(output), shapes.of(x));
  const terms = write.sub(write.emit('Softplus', [x]), write.mul(x, target));
  return write.emit('ReduceMean', [terms], { keepdims: int(0) });
}
