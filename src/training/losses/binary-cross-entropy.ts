import { DataType } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import type { LossSite } from './index.js';
import { sigmoidInput } from './logits.js';

/** −t log σ(x) − (1 − t) log(1 − σ(x)) = softplus(x) − x t. */
export function binaryCrossEntropy(site: LossSite, output: string): string {
  const { document, shapes, write } = site;
  const x = sigmoidInput(document, output);
  const target = site.target(shapes.of(output), DataType.FLOAT, null);
  const terms = write.sub(write.emit('Softplus', [x]), write.mul(x, target));
  return write.emit('ReduceMean', [terms], { keepdims: int(0) });
}
