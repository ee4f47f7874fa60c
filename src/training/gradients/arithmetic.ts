import { DataType } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import { unbroadcast } from './arrange.js';
import type { Call, Rule } from './rule.js';

/** Add, Sub, Mul, Div, Pow, Sum, Mean: broadcasting is undone by a sum over the axes that were repeated. */
export const ARITHMETIC: Readonly<Record<string, Rule>> = {
  Add: (call) => [back(call, 0, () => call.dy), back(call, 1, () => call.dy)],
  Sub: (call) => [back(call, 0, () => call.dy), back(call, 1, () => call.write.emit('Neg', [call.dy]))],
  Mul: (call) => {
    const [a, b] = call.inputs;
    return [back(call, 0, () => call.write.mul(call.dy, b)), back(call, 1, () => call.write.mul(call.dy, a))];
  },
  Div: divide,
  Pow: power,
  Sum: (call) => call.inputs.map((_, i) => back(call, i, () => call.dy)),
  Mean: (call) => call.inputs.map((_, i) => back(call, i, () => call.write.times(call.dy, 1 / call.inputs.length))),
};

/** A gradient with the dims of the output, brought to those of input `index`; null where it is not wanted. */
export function back(call: Call, index: number, gradient: () => string): string | null {
  if (!call.wants(index)) return null;
  const { write, shapes } = call;
  return unbroadcast(write, shapes, gradient(), shapes.of(call.outputs[0]), call.inputs[index]);
}

/** y = a / b: ∂a = dy / b, ∂b = −dy · y / b. */
function divide(call: Call): (string | null)[] {
  const { write, dy, inputs, outputs } = call;
  return [
    back(call, 0, () => write.div(dy, inputs[1])),
    back(call, 1, () => write.emit('Neg', [write.mul(dy, write.div(outputs[0], inputs[1]))])),
  ];
}

/** y = aᵇ: ∂a = dy · b · aᵇ⁻¹, ∂b = dy · y · log a (0 where a = 0, as the limit for b > 0 is). */
function power(call: Call): (string | null)[] {
  const { write, dy, inputs, outputs } = call;
  const [a] = inputs;
  // An exponent may be an integer.
  const b = call.wants(1) ? inputs[1] : write.emit('Cast', [inputs[1]], { to: int(DataType.FLOAT) });
  const slope = () => {
    if (call.constantNumber(1) === 2) return write.times(a, 2);
    return write.mul(b, write.emit('Pow', [a, write.plus(b, -1)]));
  };
  return [
    back(call, 0, () => write.mul(dy, slope())),
    back(call, 1, () => {
      const positive = write.emit('Greater', [a, write.scalar(0)]);
      const log = write.emit('Log', [write.emit('Where', [positive, a, write.scalar(1)])]);
      return write.mul(dy, write.mul(outputs[0], log));
    }),
  ];
}
