import { floatAttribute } from '../../core/index.js';
import type { Call, Rule } from './rule.js';

/** y = f(x), one number at a time: dx = dy · f′(x), with f′ taken from y where that is cheaper. */
export const POINTWISE: Readonly<Record<string, Rule>> = {
  Neg: ({ write, dy }) => [write.emit('Neg', [dy])],
  Abs: ({ write, dy, inputs: [x] }) => [write.mul(dy, write.emit('Sign', [x]))],
  Sqrt: ({ write, dy, outputs: [y] }) => [write.div(dy, write.times(y, 2))],
  Exp: ({ write, dy, outputs: [y] }) => [write.mul(dy, y)],
  Log: ({ write, dy, inputs: [x] }) => [write.div(dy, x)],
  Sin: ({ write, dy, inputs: [x] }) => [write.mul(dy, write.emit('Cos', [x]))],
  Cos: ({ write, dy, inputs: [x] }) => [write.mul(dy, write.emit('Neg', [write.emit('Sin', [x])]))],
  /** f′ = −1 / x² = −y² */
  Reciprocal: ({ write, dy, outputs: [y] }) => [write.emit('Neg', [write.mul(dy, write.mul(y, y))])],
  /** f′ = 2 / √π · exp(−x²) */
  Erf: ({ write, dy, inputs: [x] }) => {
    const bell = write.emit('Exp', [write.emit('Neg', [write.mul(x, x)])]);
    return [write.mul(dy, write.times(bell, 2 / Math.sqrt(Math.PI)))];
  },
  /** Straight through: the derivative of a staircase is zero or infinite, that of its slope is 1 (Bengio et al. 2013). */
  Round: ({ dy }) => [dy],
  Identity: ({ dy }) => [dy],
  Clip: clip,
};

/** 1 between the bounds, 0 on them and beyond. Bounds are not trained. */
function clip({ write, dy, inputs: [x, low, high] }: Call): (string | null)[] {
  let gradient = dy;
  const zero = write.scalar(0);
  if (low) gradient = write.emit('Where', [write.emit('Greater', [x, low]), gradient, zero]);
  if (high) gradient = write.emit('Where', [write.emit('Less', [x, high]), gradient, zero]);
  return [gradient];
}

/** A float attribute as it is in float32 when it is not written down. */
export function attribute(call: Call, name: string, fallback: number): number {
  return floatAttribute(call.node, name, Math.fround(fallback));
}
