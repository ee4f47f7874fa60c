import { intAttribute, intsAttribute, stringAttribute } from '../../core/index.js';
import { int, text } from '../autodiff/graph-writer.js';
import { fixedDims, fromFront, range } from '../autodiff/shapes.js';
import { reduce, reshape, reshapeLike, transpose, unbroadcast, zerosLike } from './arrange.js';
import type { Call, Rule } from './rule.js';

/** Operators that move numbers and change none: the gradient moves back. */
export const LAYOUT: Readonly<Record<string, Rule>> = {
  Reshape: moveBack,
  Flatten: moveBack,
  Squeeze: moveBack,
  Unsqueeze: moveBack,
  Transpose: (call) => {
    const { node, write, shapes, dy, inputs } = call;
    const rank = shapes.rank(inputs[0]);
    const order = intsAttribute(node, 'perm') ?? range(0, rank).reverse();
    return [
      transpose(
        write,
        dy,
        range(0, rank).map((axis) => order.indexOf(axis)),
      ),
    ];
  },
  Expand: ({ write, shapes, dy, inputs, outputs }) => [
    unbroadcast(write, shapes, dy, shapes.of(outputs[0]), inputs[0]),
  ],
  Tile: tile,
  Concat: concat,
  Split: split,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};

function moveBack({ write, shapes, dy, inputs }: Call): string[] {
  return [reshapeLike(write, shapes, dy, inputs[0])];
}

/** dY cut into the parts that were put together. */
function concat({ node, write, shapes, dy, inputs }: Call): (string | null)[] {
  const axis = fromFront(intAttribute(node, 'axis', 0), shapes.rank(inputs[0]));
  const lengths = inputs.map((input) => shapes.of(input)[axis]);
  const fixed = fixedDims(lengths);
  const sizes = fixed
    ? write.ints(fixed)
    : write.emit(
        'Concat',
        inputs.map((input) => write.emit('Gather', [write.emit('Shape', [input]), write.ints([axis])])),
        { axis: int(0) },
      );
  return write.emitMany('Split', [dy, sizes], inputs.length, { axis: int(axis) });
}

/** The gradients of the parts put together; zeros for a part that the loss does not depend on. */
function split({ node, write, shapes, gradients, outputs }: Call): string[] {
  const parts = outputs.map((output, i) => gradients[i] ?? zerosLike(write, shapes, output));
  return [write.emit('Concat', parts, { axis: int(intAttribute(node, 'axis', 0)) })];
}

/** Copies stand behind one another: [copies, length] an axis, summed over the copies. */
function tile({ write, shapes, dy, inputs }: Call): string[] {
  const [x, repeats] = inputs;
  const rank = shapes.rank(x);
  const sizes = write.emit('Shape', [x]);
  const pairs = write.emit(
    'Concat',
    [repeats, sizes].map((list) => reshape(write, list, [-1, 1])),
    { axis: int(1) },
  );
  const apart = write.emit('Reshape', [dy, reshape(write, pairs, [-1])]);
  return [
    reduce(
      write,
      'ReduceSum',
      apart,
      range(0, rank).map((axis) => 2 * axis),
      false,
    ),
  ];
}

/** SpaceToDepth writes blocks as DepthToSpace in DCR order reads them; CRD order is undone by a Transpose. */
function depthToSpace({ node, write, shapes, dy, inputs }: Call): string[] {
  const size = intAttribute(node, 'blocksize', 1);
  if (stringAttribute(node, 'mode', 'DCR') === 'DCR') {
    return [write.emit('SpaceToDepth', [dy], { blocksize: int(size) })];
  }
  const [, channels, ...space] = shapes.of(inputs[0]);
  const [height, width] = space.map((dim) => (typeof dim === 'number' ? dim : -1));
  const small = Number(channels) / (size * size);
  const apart = reshape(write, dy, [0, small, height, size, width, size]);
  return [reshapeLike(write, shapes, transpose(write, apart, [0, 1, 3, 5, 2, 4]), inputs[0])];
}

function spaceToDepth({ node, write, dy }: Call): string[] {
  const blocksize = int(intAttribute(node, 'blocksize', 1));
  return [write.emit('DepthToSpace', [dy], { blocksize, mode: text('DCR') })];
}
