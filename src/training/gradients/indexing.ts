import { intAttribute, stringAttribute } from '../../core/index.js';
import { int, text } from '../autodiff/graph-writer.js';
import { fixedDims, fromFront, range } from '../autodiff/shapes.js';
import { reshape, zerosLike } from './arrange.js';
import type { Call, Rule } from './rule.js';
import { scatterRead } from './scatter-read.js';
import { slice } from './slice.js';

/** Operators that read some numbers of a value, or put others around it. */
export const INDEXING: Readonly<Record<string, Rule>> = {
  Gather: gather,
  GatherElements: ({ node, write, shapes, dy, inputs: [x, indices] }) => [
    write.emit('ScatterElements', [zerosLike(write, shapes, x), indices, dy], {
      axis: int(intAttribute(node, 'axis', 0)),
      reduction: text('add'),
    }),
  ],
  Slice: slice,
  Pad: pad,
};

/**
 * Every gradient is added at the place that its number came from. By ScatterElements, which adds in order: ScatterND adds on
 * all threads at once and can lose sums where an index occurs twice. Constant indices one after the other are a Slice.
 */
function gather(call: Call): string[] {
  const { node, write, shapes, dy, inputs } = call;
  const [x, indices] = inputs;
  const dims = shapes.of(x);
  const axis = fromFront(intAttribute(node, 'axis', 0), dims.length);
  // The axes of the indices as one.
  const before = range(0, axis).map(() => 0);
  const after = fixedDims(dims.slice(axis + 1));
  const shape = after
    ? write.ints([...before, -1, ...after])
    : write.emit('Concat', [write.ints([...before, -1]), sizesFrom(call, axis + 1)], { axis: int(0) });
  const values = write.emit('Reshape', [dy, shape]);
  const length = dims[axis];
  const given = call.constantInts(1)?.map((index) => (index < 0 ? index + Number(length) : index));
  if (given?.length && typeof length === 'number' && given.every((index, i) => index === given[0] + i)) {
    const pads = [...before, given[0], ...range(axis + 1, dims.length).map(() => 0)];
    const rest = pads.map((_, i) => (i === axis ? length - given[0] - given.length : 0));
    return [write.emit('Pad', [values, write.ints([...pads, ...rest])])];
  }
  return [scatterAlong(call, axis, reshape(write, indices, [-1]), values)];
}

/** The sizes of input 0 from `axis` on. */
function sizesFrom({ write, inputs: [x] }: Call, axis: number): string {
  return write.emit('Slice', [write.emit('Shape', [x]), write.ints([axis]), write.ints([2 ** 62])]);
}

/** Zeros like input 0, plus row i of `values` at index `indices[i]` of `axis`. */
function scatterAlong({ write, shapes, inputs: [x] }: Call, axis: number, indices: string, values: string): string {
  const rank = shapes.rank(x);
  const column = reshape(write, indices, [...range(0, axis).map(() => 1), -1, ...range(axis + 1, rank).map(() => 1)]);
  const places = write.emit('Expand', [column, write.emit('Shape', [values])]);
  return write.emit('ScatterElements', [zerosLike(write, shapes, x), places, values], {
    axis: int(axis),
    reduction: text('add'),
  });
}

/**
 * Constant padding is cut off again: a Pad by the negative numbers, which cuts where Pad added and adds where it cut. In
 * other modes (reflect, edge, wrap) the padding repeats numbers of the input.
 */
function pad(call: Call): string[] {
  const { node, write, dy, inputs } = call;
  const [, pads, , axes] = inputs;
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode === 'constant') return [write.emit('Pad', [dy, write.emit('Neg', [pads]), ...(axes ? ['', axes] : [])])];
  return [scatterRead(call, (positions) => write.emit('Pad', [positions, ...inputs.slice(1)], { mode: text(mode) }))];
}
