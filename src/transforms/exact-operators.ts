import { DataType, intAttribute, type Node } from '../core/index.js';
import {
  arrange,
  indexOf,
  int64s,
  intsOf,
  MAX_SMALL_ELEMENTS,
  numbersOf,
  positionOf,
  type SmallTensor,
  sizeOf,
  toSmall,
} from './small-tensor.js';

/** @returns null where the answer is not certain, or not small */
type Operator = (node: Node, inputs: readonly SmallTensor[]) => SmallTensor | null;

const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: (_, [x]) => x,
  Shape: (node, [x]) => int64s(x.dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', x.dims.length))),
  Cast: (node, [x]) => cast(x, intAttribute(node, 'to', 0)),
  ConstantOfShape: constantOfShape,
  Gather: gather,
  Slice: slice,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Reshape: reshape,
  Transpose: transpose,
  Add: arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  Sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  Mul: arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  Div: arithmetic(
    (a, b) => a / b,
    (a, b) => a / b,
  ),
};

/**
 * What a runtime would compute, bit for bit, for the few operators that exporters write shapes with, on INT64, INT32 and
 * FLOAT; null for all else. An argument is an attribute or an input, whichever is there, so any opset from 7 on will do.
 */
export function computeExactly(node: Node, inputs: readonly SmallTensor[]): SmallTensor | null {
  if (node.domain !== '' || node.outputs.length !== 1) return null;
  const result = OPERATORS[node.opType]?.(node, inputs) ?? null;
  return result && result.values.length <= MAX_SMALL_ELEMENTS ? result : null;
}

function cast(x: SmallTensor, to: DataType): SmallTensor | null {
  const convert = (value: number | bigint): number | bigint | null => {
    const number = Number(value);
    // Beyond 2^53 an integer would be rounded twice; a float beyond the integers becomes what the machine likes.
    const exact = Number.isSafeInteger(Math.trunc(number));
    if (to === DataType.FLOAT) return typeof value === 'bigint' && !exact ? null : Math.fround(number);
    if (!exact) return to === x.dataType ? value : null;
    if (to === DataType.INT64) return BigInt(Math.trunc(number));
    const integer = Math.trunc(number) | 0;
    return to === DataType.INT32 && integer === Math.trunc(number) ? integer : null;
  };
  const values = x.values.map(convert);
  return values.every((value) => value !== null) ? { dataType: to, dims: x.dims, values } : null;
}

function constantOfShape(node: Node, [shape]: readonly SmallTensor[]): SmallTensor | null {
  const dims = numbersOf(shape);
  const value = node.attributes.get('value');
  const one = value?.kind === 'tensor' ? toSmall(value.value) : { dataType: DataType.FLOAT, dims: [1], values: [0] };
  if (!one || sizeOf(dims) > MAX_SMALL_ELEMENTS) return null;
  return arrange(one, dims, () => 0);
}

function gather(node: Node, [data, indices]: readonly SmallTensor[]): SmallTensor | null {
  const axis = wrap(intAttribute(node, 'axis', 0), data.dims.length);
  const places = numbersOf(indices).map((index) => wrap(index, data.dims[axis]));
  if (places.some((place) => place < 0 || place >= data.dims[axis])) return null;
  const rank = indices.dims.length;
  return arrange(data, [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)], (position) => {
    const place = places[indexOf(position.slice(axis, axis + rank), indices.dims)];
    return indexOf([...position.slice(0, axis), place, ...position.slice(axis + rank)], data.dims);
  });
}

function slice({ attributes }: Node, [data, ...inputs]: readonly SmallTensor[]): SmallTensor | null {
  const starts = intsOf(attributes.get('starts'), inputs[0]);
  const ends = intsOf(attributes.get('ends'), inputs[1]);
  if (!starts || !ends) return null;
  const axes = intsOf(attributes.get('axes'), inputs[2]) ?? [...starts.keys()];
  const steps = inputs[3] ? numbersOf(inputs[3]) : starts.map(() => 1);
  // Backwards is rare in shapes.
  if (steps.some((step) => step < 1)) return null;
  const dims = [...data.dims];
  const from = dims.map(() => 0);
  const by = dims.map(() => 1);
  for (const [i, given] of axes.entries()) {
    const axis = wrap(given, dims.length);
    const length = data.dims[axis];
    const [start, end] = [starts[i], ends[i]].map((at) => Math.min(length, Math.max(0, wrap(at, length))));
    [dims[axis], from[axis], by[axis]] = [Math.max(0, Math.ceil((end - start) / steps[i])), start, steps[i]];
  }
  return arrange(data, dims, (position) =>
    indexOf(
      position.map((at, axis) => from[axis] + by[axis] * at),
      data.dims,
    ),
  );
}

function concat(node: Node, inputs: readonly SmallTensor[]): SmallTensor | null {
  const { dataType, dims } = inputs[0];
  const axis = wrap(intAttribute(node, 'axis', 0), dims.length);
  const whole = dims.map((dim, i) => (i === axis ? inputs.reduce((sum, input) => sum + input.dims[axis], 0) : dim));
  const values = Array.from({ length: sizeOf(whole) }, (_, i) => {
    const position = positionOf(i, whole);
    let part = 0;
    while (position[axis] >= inputs[part].dims[axis]) position[axis] -= inputs[part++].dims[axis];
    return inputs[part].values[indexOf(position, inputs[part].dims)];
  });
  return { dataType, dims: whole, values };
}

function squeeze({ attributes }: Node, [data, axes]: readonly SmallTensor[]): SmallTensor {
  const given = intsOf(attributes.get('axes'), axes)?.map((axis) => wrap(axis, data.dims.length));
  const dims = data.dims.filter((dim, axis) => (given ? !given.includes(axis) : dim !== 1));
  return { ...data, dims };
}

function unsqueeze({ attributes }: Node, [data, axes]: readonly SmallTensor[]): SmallTensor | null {
  const given = intsOf(attributes.get('axes'), axes);
  if (!given) return null;
  const rank = data.dims.length + given.length;
  const added = given.map((axis) => wrap(axis, rank));
  const rest = [...data.dims];
  return { ...data, dims: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)) };
}

function reshape(node: Node, [data, shape]: readonly SmallTensor[]): SmallTensor | null {
  const copyZero = intAttribute(node, 'allowzero', 0) === 0;
  const dims = numbersOf(shape).map((dim, axis) => (dim === 0 && copyZero ? data.dims[axis] : dim));
  const known = sizeOf(dims.filter((dim) => dim !== -1));
  const found = dims.map((dim) => (dim === -1 ? data.values.length / known : dim));
  return sizeOf(found) === data.values.length ? { ...data, dims: found } : null;
}

function transpose({ attributes }: Node, [data]: readonly SmallTensor[]): SmallTensor {
  const rank = data.dims.length;
  const order = intsOf(attributes.get('perm'), undefined) ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const dims = order.map((axis) => data.dims[axis]);
  return arrange(data, dims, (position) => {
    const source = new Array<number>(rank);
    for (const [to, axis] of order.entries()) source[axis] = position[to];
    return indexOf(source, data.dims);
  });
}

/**
 * Integers wrap around, their quotients are cut towards zero. A sum, product or quotient of float32 numbers that is
 * computed in double and then rounded is the one that float32 arithmetic gives.
 */
function arithmetic(
  onFloats: (a: number, b: number) => number,
  onIntegers: (a: bigint, b: bigint) => bigint,
): Operator {
  return (node, [a, b]) => {
    const dims = broadcast(a.dims, b.dims);
    const { dataType } = a;
    if (!dims || dataType !== b.dataType) return null;
    const isFloat = dataType === DataType.FLOAT;
    if (!isFloat && node.opType === 'Div' && b.values.some((value) => Number(value) === 0)) return null;
    const values = Array.from({ length: sizeOf(dims) }, (_, i) => {
      const position = positionOf(i, dims);
      const [x, y] = [a.values[indexOf(position, a.dims)], b.values[indexOf(position, b.dims)]];
      if (isFloat) return Math.fround(onFloats(Number(x), Number(y)));
      const result = onIntegers(BigInt(x), BigInt(y));
      return dataType === DataType.INT64 ? BigInt.asIntN(64, result) : Number(BigInt.asIntN(32, result));
    });
    return { dataType, dims, values };
  };
}

function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : -1;
  });
  return dims.includes(-1) ? null : dims;
}

function wrap(index: number, length: number): number {
  return index < 0 ? index + length : index;
}
