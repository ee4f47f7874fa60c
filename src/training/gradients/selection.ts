import { back } from './arithmetic.js';
import { equalities } from './arrange.js';
import type { Call, Rule } from './rule.js';

/** Operators that pick one of several numbers. */
export const SELECTION: Readonly<Record<string, Rule>> = {
  Where: (call) => {
    const { write, dy, inputs } = call;
    const zero = write.scalar(0);
    return [
      null,
      back(call, 1, () => write.emit('Where', [inputs[0], dy, zero])),
      back(call, 2, () => write.emit('Where', [inputs[0], zero, dy])),
    ];
  },
  Max: extremes,
  Min: extremes,
};

/** The extreme gets the gradient; of several equal ones each its share. */
function extremes(call: Call): (string | null)[] {
  const { write, dy, inputs, outputs } = call;
  if (inputs.length === 1) return [dy];
  const hits = inputs.map((input) => equalities(write, input, outputs[0]));
  const share = write.div(dy, write.emit('Sum', hits));
  return hits.map((hit, i) => back(call, i, () => write.mul(share, hit)));
}
