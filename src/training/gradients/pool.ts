import { type Dimension, intAttribute, intsAttribute } from '../../core/index.js';
import { int, ints, text } from '../autodiff/graph-writer.js';
import { range } from '../autodiff/shapes.js';
import { countAlong, equalities, expandLike, reshape, reshapeLike, toExtremes } from './arrange.js';
import {
  fixedSize,
  isUnit,
  isZero,
  product,
  reachOf,
  type Window,
  windowAttributes,
  windowOf,
} from './conv-geometry.js';
import type { Call, Rule } from './rule.js';

export const POOL: Readonly<Record<string, Rule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (call) => [expandLike(call.write, call.shapes, spreadMean(call), call.inputs[0])],
  GlobalMaxPool: globalMaxPool,
};

/**
 * No gradient is counted twice where several numbers of a window are equal, as they are in whole patches of background:
 * windows that tile a picture share it among them, others give it to the place that the runtime took the maximum from.
 */
function maxPool(call: Call): string[] {
  const { node, shapes, inputs, outputs } = call;
  const kernel = intsAttribute(node, 'kernel_shape')!;
  const large = shapes.of(inputs[0]).slice(2);
  const window = windowOf(node, kernel, large);
  const unpadded = isUnit(window.dilations) && isZero([...window.begin, ...window.end]);
  const small = shapes.of(outputs[0]).slice(2);
  const tiles = small.every(
    (size, axis) => window.strides[axis] === kernel[axis] && Number(size) * kernel[axis] === large[axis],
  );
  return [kernel.length === 2 && tiles && unpadded ? shareTiles(call, kernel) : scatterIndices(call)];
}

/** Equal(X, Y enlarged) marks the maxima. 2.8 ms for 0.7 million numbers where indices take 8.7. */
function shareTiles({ write, inputs: [x], outputs: [y], dy }: Call, kernel: readonly number[]): string {
  const enlarge = (value: string) =>
    write.emit('Resize', [value, '', write.floats([4], [1, 1, ...kernel])], {
      mode: text('nearest'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    });
  const hits = equalities(write, x, enlarge(y));
  const means = write.emit('AveragePool', [hits], { kernel_shape: ints(kernel), strides: ints(kernel) });
  return write.mul(hits, enlarge(write.div(write.times(dy, 1 / product(kernel)), means)));
}

function scatterIndices(call: Call): string {
  const { write, shapes, inputs, dy } = call;
  const indices = rowMajorIndices(call);
  const count = reshape(write, write.emit('Size', [inputs[0]]), [1]);
  const zeros = write.emit('ConstantOfShape', [count]);
  const sum = write.emit('ScatterElements', [zeros, reshape(write, indices, [-1]), reshape(write, dy, [-1])], {
    axis: int(0),
    reduction: text('add'),
  });
  return reshapeLike(write, shapes, sum, inputs[0]);
}

/** Where the maxima lie, counted along rows. A model that has them counted along columns keeps its own. */
function rowMajorIndices({ node, write, inputs, demandOutput }: Call): string {
  if (intAttribute(node, 'storage_order', 0) === 0) return demandOutput(1);
  const attributes = { ...Object.fromEntries(node.attributes), storage_order: int(0) };
  return write.emitMany('MaxPool', [inputs[0]], 2, attributes)[1];
}

/** The maximum of each channel; of several equal ones each gets its share. */
function globalMaxPool({ write, shapes, inputs, outputs, dy }: Call): string[] {
  return [toExtremes(write, inputs[0], outputs[0], dy, range(2, shapes.rank(inputs[0])))];
}

function spreadMean({ write, shapes, inputs: [x], dy }: Call): string {
  return write.div(dy, countAlong(write, shapes, x, range(2, shapes.rank(x))));
}

/** A mean over windows: dY over the count of each window, spread over what the window saw. */
function averagePool(call: Call): string[] {
  const { node, shapes, inputs, outputs } = call;
  const kernel = intsAttribute(node, 'kernel_shape')!;
  const large = shapes.of(inputs[0]).slice(2);
  const small = shapes.of(outputs[0]).slice(2);
  const window = windowOf(node, kernel, large);
  const tiles = small.every((size, axis) => typeof size === 'number' && size * kernel[axis] === large[axis]);
  const abutting = window.strides.every((stride, axis) => stride === kernel[axis] || small[axis] === 1);
  if (tiles && abutting && isUnit(window.dilations) && isZero([...window.begin, ...window.end])) {
    return [spreadTiles(call, kernel, small as readonly number[])];
  }
  return [spreadWindows(call, window, large, small)];
}

/** Windows that tile the input: every number is repeated over its window. */
function spreadTiles({ write, shapes, inputs, dy }: Call, kernel: readonly number[], small: readonly number[]): string {
  const share = write.times(dy, 1 / product(kernel));
  if (isUnit(small)) return expandLike(write, shapes, share, inputs[0]);
  const apart = reshape(write, share, [-1, ...small.flatMap((size) => [size, 1])]);
  const tiled = write.ints([1, ...small.flatMap((size, axis) => [size, kernel[axis]])]);
  return reshapeLike(write, shapes, write.emit('Expand', [apart, tiled]), inputs[0]);
}

/** Any windows: ConvTranspose with a kernel of ones, every channel a sample of its own. */
function spreadWindows(call: Call, window: Window, large: readonly Dimension[], small: readonly Dimension[]): string {
  const { node, write, shapes, inputs, dy } = call;
  const [largeDims, smallDims] = [large, small].map((dims) => dims.map((dim) => fixedSize(node, dim)));
  const counts = write.floats(
    [1, 1, ...smallDims],
    countsOf(window, largeDims, smallDims, intAttribute(node, 'count_include_pad', 0) === 1),
  );
  const shares = write.div(reshape(write, dy, [-1, 1, ...smallDims]), counts);
  const reach = reachOf(window);
  // What ceil_mode lets the last window see beyond the padding is padding too.
  const over = smallDims.map((size, axis) => {
    const reached = (size - 1) * window.strides[axis] + reach[axis];
    return reached - largeDims[axis] - window.begin[axis];
  });
  const ones = write.floats([1, 1, ...window.kernel], new Float32Array(product(window.kernel)).fill(1));
  const sums = write.emit('ConvTranspose', [shares, ones], {
    ...windowAttributes({ ...window, end: over.map((size) => Math.max(0, size)) }),
    output_padding: ints(over.map((size) => Math.max(0, -size))),
  });
  return reshapeLike(write, shapes, sums, inputs[0]);
}

/** How many numbers each window is a mean of: those of the input, or also those of the padding. */
function countsOf(window: Window, large: readonly number[], small: readonly number[], withPads: boolean): Float32Array {
  const perAxis = small.map((size, axis) =>
    range(0, size).map((at) => {
      const start = at * window.strides[axis] - window.begin[axis];
      const seen = range(0, window.kernel[axis]).map((tap) => start + tap * window.dilations[axis]);
      const limit = large[axis] + (withPads ? window.end[axis] : 0);
      return seen.filter((place) => place < limit && (withPads || place >= 0)).length;
    }),
  );
  const counts = perAxis.reduce<number[]>((all, axis) => all.flatMap((count) => axis.map((more) => count * more)), [1]);
  return Float32Array.from(counts);
}
