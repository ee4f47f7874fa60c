import { intAttribute } from '../../core/index.js';
import { reduce } from './arrange.js';
import type { Call, Rule } from './rule.js';

export const SOFTMAX: Readonly<Record<string, Rule>> = {
  /** dx = y (dy − Σ dy · y) */
  Softmax: (call) => {
    const { write, dy, outputs } = call;
    const weighted = sumAlong(call, write.mul(dy, outputs[0]));
    return [write.mul(outputs[0], write.sub(dy, weighted))];
  },
  /** dx = dy − exp(y) Σ dy */
  LogSoftmax: (call) => {
    const { write, dy, outputs } = call;
    return [write.sub(dy, write.mul(write.emit('Exp', [outputs[0]]), sumAlong(call, dy)))];
  },
};

function sumAlong({ node, write }: Call, value: string): string {
  return reduce(write, 'ReduceSum', value, [intAttribute(node, 'axis', -1)]);
}
