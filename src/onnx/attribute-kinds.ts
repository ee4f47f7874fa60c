import type { AttributeValue } from '../core/index.js';
import type { onnx } from './generated/onnx.js';

export type AttributeKind = AttributeValue['kind'];
/** Kinds that have a value field of their own. */
export type ValueKind = Exclude<AttributeKind, 'reference' | 'other'>;
export type ValueField = keyof typeof FIELD_KINDS & keyof onnx.AttributeProto.$Properties;

/** Value field of AttributeProto → kind, in the order in which an IR-1 attribute without a type is looked through. */
export const FIELD_KINDS = {
  f: 'float',
  i: 'int',
  s: 'string',
  t: 'tensor',
  g: 'graph',
  sparseTensor: 'sparseTensor',
  floats: 'floats',
  ints: 'ints',
  strings: 'strings',
  tensors: 'tensors',
  graphs: 'graphs',
  sparseTensors: 'sparseTensors',
} as const satisfies Record<string, ValueKind>;

/** AttributeProto.AttributeType */
export const KIND_TYPES: Readonly<Record<ValueKind, number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
};

export const TYPE_KINDS: ReadonlyMap<number, ValueKind> = new Map(
  Object.entries(KIND_TYPES).map(([kind, type]) => [type, kind as ValueKind]),
);
