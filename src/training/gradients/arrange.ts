import { DataType, type Dimension } from '../../core/index.js';
import { type GraphWriter, int, ints } from '../autodiff/graph-writer.js';
import { fixedDims, range, type Shapes } from '../autodiff/shapes.js';

/** Ways to bring values into shape that rules share. */

export function reshape(write: GraphWriter, value: string, dims: readonly number[]): string {
  return write.emit('Reshape', [value, write.ints(dims)]);
}

export function transpose(write: GraphWriter, value: string, order: readonly number[]): string {
  return write.emit('Transpose', [value], { perm: ints(order) });
}

/** The last two axes exchanged. */
export function transposeLast(write: GraphWriter, value: string, rank: number): string {
  return transpose(write, value, [...range(0, rank - 2), rank - 1, rank - 2]);
}

/** Reduces by `opType` (ReduceSum, ReduceMean …) and keeps the axes at length 1, unless `keep` is false. */
export function reduce(
  write: GraphWriter,
  opType: string,
  value: string,
  axes: readonly number[],
  keep = true,
): string {
  return write.emit(opType, [value, write.ints(axes)], { keepdims: int(keep ? 1 : 0) });
}

/** As int64 [rank]: a constant where all sizes are fixed. */
export function shapeOf(write: GraphWriter, shapes: Shapes, name: string): string {
  const fixed = shapes.fixed(name);
  return fixed ? write.ints(fixed) : write.emit('Shape', [name]);
}

/** `value` with the dims of `like`, which has as many elements. */
export function reshapeLike(write: GraphWriter, shapes: Shapes, value: string, like: string): string {
  const dims = shapes.of(like);
  const free = dims.filter((dim) => typeof dim !== 'number').length;
  if (free > 1 || dims.includes(0)) return write.emit('Reshape', [value, write.emit('Shape', [like])]);
  return reshape(
    write,
    value,
    dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
  );
}

/** `value` broadcast to the dims of `like`. */
export function expandLike(write: GraphWriter, shapes: Shapes, value: string, like: string): string {
  return write.emit('Expand', [value, shapeOf(write, shapes, like)]);
}

/** Float zeros of the dims of `like`. */
export function zerosLike(write: GraphWriter, shapes: Shapes, like: string): string {
  return expandLike(write, shapes, write.scalar(0), like);
}

/**
 * The transpose of broadcasting: sums `gradient`, whose dims are those that `name` was broadcast to, over every axis along
 * which `name` was repeated.
 *
 * @param from dims of `gradient`
 */
export function unbroadcast(
  write: GraphWriter,
  shapes: Shapes,
  gradient: string,
  from: readonly Dimension[],
  name: string,
): string {
  const to = shapes.of(name);
  const leading = from.length - to.length;
  const repeated = range(0, from.length).filter((axis) => {
    if (axis < leading) return true;
    return to[axis - leading] === 1 && from[axis] !== 1;
  });
  if (repeated.length === 0) return gradient;
  if (leading === 0) return reduce(write, 'ReduceSum', gradient, repeated);
  const sum = reduce(write, 'ReduceSum', gradient, repeated, false);
  // Axes of length 1 that were there before come back.
  return repeated.length === leading ? sum : reshapeLike(write, shapes, sum, name);
}

/** f32[C] as [1, C, 1 …], to be broadcast along a value of the given rank. */
export function alongChannels(write: GraphWriter, vector: string, rank: number): string {
  return rank <= 2 ? vector : reshape(write, vector, [-1, ...range(2, rank).map(() => 1)]);
}

/** [N, C, …] with zeros before and after every spatial axis. */
export function padSpace(write: GraphWriter, value: string, begin: readonly number[], end: readonly number[]): string {
  if ([...begin, ...end].every((pad) => pad === 0)) return value;
  return write.emit('Pad', [value, write.ints([0, 0, ...begin, 0, 0, ...end])]);
}

/** The product of the sizes of some axes, as a float scalar. */
export function countAlong(write: GraphWriter, shapes: Shapes, name: string, axes: readonly number[]): string {
  const dims = shapes.of(name);
  const fixed = fixedDims(axes.map((axis) => dims[axis]));
  if (fixed) return write.scalar(fixed.reduce((product, dim) => product * dim, 1));
  const sizes = write.emit('Gather', [write.emit('Shape', [name]), write.ints(axes)]);
  const count = write.emit('ReduceProd', [sizes, write.ints([0])], { keepdims: int(0) });
  return write.emit('Cast', [count], { to: int(DataType.FLOAT) });
}

/**
 * `dy` where `x` is `y`, its extreme along `axes`, else 0; of several equal ones each gets its share.
 *
 * @param y, dy with the axes of `x`, at length 1 along `axes`
 */
export function toExtremes(write: GraphWriter, x: string, y: string, dy: string, axes: readonly number[]): string {
  const hits = equalities(write, x, y);
  return write.mul(hits, write.div(dy, reduce(write, 'ReduceSum', hits, axes)));
}

/** 1 where a = b, else 0, as floats. */
export function equalities(write: GraphWriter, a: string, b: string): string {
  return write.emit('Cast', [write.emit('Equal', [a, b])], { to: int(DataType.FLOAT) });
}
