import { intAttribute, type Node } from '../core/index.js';

/** What a float constant is to the operators that use it. */
export type WeightRole = 'weight' | 'embedding' | 'bias' | 'norm' | 'other';

/** A constant with several uses has the role that comes first here. */
export const WEIGHT_ROLES: readonly WeightRole[] = ['weight', 'embedding', 'bias', 'norm', 'other'];

export interface OperandRole {
  readonly role: WeightRole;
  /** Output-channel axis of the operand; −1 when there is none. */
  readonly axis: number;
}

/** By operator, then by input. Axis 0 is meant for 'bias' and 'norm', which are vectors. */
const OPERANDS: Readonly<Record<string, Readonly<Record<number, OperandRole>>>> = {
  Conv: { 1: weight(0), 2: vector('bias') },
  FusedConv: { 1: weight(0), 2: vector('bias') },
  ConvTranspose: { 1: weight(1), 2: vector('bias') },
  DeformConv: { 1: weight(0), 3: vector('bias') },
  LSTM: { 1: weight(1), 2: weight(1), 3: { role: 'bias', axis: 1 }, 7: weight(1) },
  GRU: { 1: weight(1), 2: weight(1), 3: { role: 'bias', axis: 1 } },
  RNN: { 1: weight(1), 2: weight(1), 3: { role: 'bias', axis: 1 } },
  Attention: { 1: weight(1), 2: vector('bias') },
  EmbedLayerNormalization: { 2: table(0), 3: table(0), 4: table(0), 5: vector('norm'), 6: vector('norm') },
  BatchNormalization: norms(1, 4),
  InstanceNormalization: norms(1, 2),
  LayerNormalization: norms(1, 2),
  GroupNormalization: norms(1, 2),
  RMSNormalization: norms(1, 1),
  SimplifiedLayerNormalization: norms(1, 1),
  SkipLayerNormalization: { ...norms(2, 3), 4: vector('bias') },
  SkipSimplifiedLayerNormalization: { ...norms(2, 2), 3: vector('bias') },
};

const LINEAR = new Set([
  'Conv',
  'FusedConv',
  'ConvTranspose',
  'DeformConv',
  'Gemm',
  'FusedGemm',
  'MatMul',
  'FusedMatMul',
]);

const NARROWEST_EMBEDDING = 16;
const OTHER: OperandRole = { role: 'other', axis: -1 };

/**
 * The role of a constant operand.
 *
 * @param dims     of the operand as the operator sees it; null when unknown
 * @param producer operator that makes the other operand of a two-operand node, '' when nothing is known
 */
export function roleOf(node: Node, input: number, dims: readonly number[] | null, producer: string): OperandRole {
  const rank = dims?.length ?? 0;
  switch (node.opType) {
    case 'Gemm':
    case 'FusedGemm': {
      if (input === 2) return vector('bias');
      const transposed = intAttribute(node, input === 0 ? 'transA' : 'transB', 0) !== 0;
      return input > 2 ? OTHER : weight((input === 0) === transposed ? 1 : 0);
    }
    case 'MatMul':
    case 'FusedMatMul': {
      if (input > 1) return OTHER;
      const transposed = intAttribute(node, input === 0 ? 'transA' : 'transB', 0) !== 0;
      return weight(rank < 2 ? -1 : (input === 0) === transposed ? rank - 1 : rank - 2);
    }
    case 'Einsum':
      return rank < 2 ? OTHER : weight(-1);
    case 'Gather':
    case 'GatherND': {
      if (input !== 0) return OTHER;
      const axis = intAttribute(node, 'axis', 0);
      return table(axis < 0 ? axis + rank : axis);
    }
    case 'Add':
      if (LINEAR.has(producer)) return vector('bias', rank - 1);
      return dims && isPositionTable(dims) ? table(-1) : OTHER;
    default:
      return OPERANDS[node.opType]?.[input] ?? OTHER;
  }
}

/** Position tables are added, not gathered; so are the anchors of a detector, which have 2 or 4 numbers a row. */
function isPositionTable(dims: readonly number[]): boolean {
  return dims[dims.length - 1] >= NARROWEST_EMBEDDING && dims.filter((dim) => dim > 1).length > 1;
}

function weight(axis: number): OperandRole {
  return { role: 'weight', axis };
}

function table(axis: number): OperandRole {
  return { role: 'embedding', axis };
}

function vector(role: 'bias' | 'norm', axis = 0): OperandRole {
  return { role, axis };
}

function norms(first: number, last: number): Record<number, OperandRole> {
  const operands: Record<number, OperandRole> = {};
  for (let i = first; i <= last; i++) operands[i] = vector('norm');
  return operands;
}
