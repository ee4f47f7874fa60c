import { DataType, intAttribute, WringError } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import { fromFront, range } from '../autodiff/shapes.js';
import { countAlong, equalities, expandLike, reduce, toExtremes } from './arrange.js';
import type { Call, Rule } from './rule.js';

/** Operators that make one number of many along some axes. */
export const REDUCTION: Readonly<Record<string, Rule>> = {
  ReduceSum: over((call, { dy }) => expandLike(call.write, call.shapes, dy, call.inputs[0])),
  ReduceMean: over((call, { dy, axes }) => {
    const share = call.write.div(dy, countAlong(call.write, call.shapes, call.inputs[0], axes));
    return expandLike(call.write, call.shapes, share, call.inputs[0]);
  }),
  ReduceMax: over(({ write, inputs }, { dy, y, axes }) => toExtremes(write, inputs[0], y, dy, axes)),
  ReduceMin: over(({ write, inputs }, { dy, y, axes }) => toExtremes(write, inputs[0], y, dy, axes)),
  ReduceProd: over(products),
  ReduceL1: over(({ write, inputs }, { dy }) => write.mul(dy, write.emit('Sign', [inputs[0]]))),
  /** y = √Σx²: ∂x = dy · x / y */
  ReduceL2: over(({ write, inputs }, { dy, y }) =>
    // At 0, where there is no derivative, 0.
    write.mul(inputs[0], write.div(dy, write.emit('Max', [y, write.scalar(1e-30)]))),
  ),
  ReduceSumSquare: over(({ write, inputs }, { dy }) => write.mul(inputs[0], write.times(dy, 2))),
  /** y = log Σx: ∂x = dy / Σx */
  ReduceLogSum: over(({ write, shapes, inputs }, { dy, y }) =>
    expandLike(write, shapes, write.div(dy, write.emit('Exp', [y])), inputs[0]),
  ),
  /** y = log Σ exp x: ∂x = dy · exp(x − y) */
  ReduceLogSumExp: over(({ write, inputs }, { dy, y }) => write.mul(dy, write.emit('Exp', [write.sub(inputs[0], y)]))),
};

/** dY and Y with the reduced axes at length 1, so that they broadcast against X. */
interface Kept {
  readonly dy: string;
  readonly y: string;
  readonly axes: readonly number[];
}

/** Brings back the axes that a reduction took away. */
function over(rule: (call: Call, kept: Kept) => string): Rule {
  return (call) => {
    const { node, write, outputs } = call;
    const axes = axesOf(call);
    const kept = intAttribute(node, 'keepdims', 1) === 1 || axes.length === 0;
    const bring = (value: string) => (kept ? value : write.emit('Unsqueeze', [value, write.ints(axes)]));
    return [rule(call, { dy: bring(call.dy), y: kept ? outputs[0] : bring(outputs[0]), axes })];
  };
}

/** Without axes a reduction is over all of them, or over none. */
function axesOf(call: Call): readonly number[] {
  const { node, shapes, inputs } = call;
  const rank = shapes.rank(inputs[0]);
  const given = inputs[1] ? call.constantInts(1) : [];
  if (!given) {
    throw new WringError(
      'E_UNSUPPORTED',
      `Node "${node.name}" (${node.opType}): its gradient needs constant axes, but "${inputs[1]}" is computed`,
    );
  }
  if (given.length > 0) return given.map((axis) => fromFront(axis, rank));
  return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : range(0, rank);
}

/**
 * ∂x = dy · the product of all others: y / x without zeros. With one zero, only its own place has a gradient; with more, none
 * has.
 */
function products({ write, inputs: [x] }: Call, { dy, axes }: Kept): string {
  const isZero = write.emit('Equal', [x, write.scalar(0)]);
  const others = write.emit('Where', [isZero, write.scalar(1), x]);
  const product = write.mul(dy, reduce(write, 'ReduceProd', others, axes));
  const zeros = reduce(write, 'ReduceSum', write.emit('Cast', [isZero], { to: int(DataType.FLOAT) }), axes);
  const alone = write.mul(product, equalities(write, zeros, write.scalar(1)));
  const none = write.mul(product, equalities(write, zeros, write.scalar(0)));
  return write.emit('Where', [isZero, alone, write.div(none, others)]);
}
