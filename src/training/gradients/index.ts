import { DataType, intAttribute, type Node } from '../../core/index.js';
import { ACTIVATIONS } from './activations.js';
import { ARITHMETIC } from './arithmetic.js';
import { CONV } from './conv.js';
import { INDEXING } from './indexing.js';
import { LAYOUT } from './layout.js';
import { MATRIX } from './matrix.js';
import { NORMALIZATION } from './normalization.js';
import { POINTWISE } from './pointwise.js';
import { POOL } from './pool.js';
import { REDUCTION } from './reduction.js';
import type { Rule } from './rule.js';
import { SELECTION } from './selection.js';
import { SOFTMAX } from './softmax.js';

export { type GivenGradient, type GivenGradients, movedBy } from './given-gradient.js';
export type { Call, Rule } from './rule.js';

const RULES: ReadonlyMap<string, Rule> = new Map(
  [
    ARITHMETIC,
    POINTWISE,
    ACTIVATIONS,
    SELECTION,
    MATRIX,
    CONV,
    POOL,
    SOFTMAX,
    NORMALIZATION,
    LAYOUT,
    INDEXING,
    REDUCTION,
  ].flatMap((rules) => Object.entries(rules)),
);

/** What they put out does not move with their input, but in steps: nothing is behind them. */
const CONSTANT_OPERATORS = new Set([
  ...['Shape', 'Size', 'ConstantOfShape', 'NonZero', 'ArgMax', 'ArgMin', 'OneHot', 'EyeLike', 'RandomNormalLike'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'Xor', 'IsNaN', 'IsInf'],
  ...['Floor', 'Ceil', 'Sign'],
]);

/** The rule for a node; undefined where there is none. */
export function ruleOf(node: Node): Rule | undefined {
  if (node.domain !== '') return undefined;
  if (node.opType === 'Cast') return intAttribute(node, 'to', 0) === DataType.FLOAT ? ({ dy }) => [dy] : undefined;
  return RULES.get(node.opType);
}

/** Whether the outputs are the same for all inputs close to each other, so that no gradient passes. */
export function isConstant(node: Node): boolean {
  if (node.domain !== '') return false;
  if (node.opType === 'Cast') return !FLOATS.has(intAttribute(node, 'to', 0));
  return CONSTANT_OPERATORS.has(node.opType);
}

const FLOATS: ReadonlySet<DataType> = new Set([DataType.FLOAT, DataType.FLOAT16, DataType.DOUBLE, DataType.BFLOAT16]);
