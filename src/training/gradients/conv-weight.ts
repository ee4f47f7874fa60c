import { DataType, Tensor } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import { fixedDims, range } from '../autodiff/shapes.js';
import { padSpace, reduce, reshape, transpose, transposeLast } from './arrange.js';
import { type Correlation, isUnit, isZero, product, type Window, windowAttributes } from './conv-geometry.js';
import { inBlocks } from './conv-weight-blocked.js';
import type { Call } from './rule.js';

/** From this many channels on rows of them are gathered faster than a Conv copies numbers one by one. */
const FEWEST_GATHERED = 20;

/**
 * ∂W of a correlation: for every tap of the kernel, the sum over samples and places of what the window saw at that tap times
 * the gradient of what came of it.
 *
 * Several formulations, by onnxruntime's speed on one thread with 64 samples (channels in → out, kernel, input size):
 *
 * |                            | 3→16, 3², 32² | 16→16, 3², 32² | 32→32, 3², 16² | 64→64, 3², 8² | 20→50, 5², 12² |
 * | rows of channels, gathered |        4.1 ms |           12.5 |            7.3 |           5.1 |            3.3 |
 * | patches by a one-hot Conv  |        2.3 ms |           11.1 |            8.7 |           6.3 |            5.4 |
 *
 * A Conv with samples and channels exchanged takes 1.5 to 2.7 times as long, an Einsum 3; but see `conv-weight-blocked.ts`.
 *
 * @param large value on the large side  @param small value on the small side; one is data, the other its gradient
 */
export function weightGradient(call: Call, correlation: Correlation, large: string, small: string): string {
  const { window, weightDims, groups } = correlation;
  const depthwise = weightDims[1] === 1 && groups === weightDims[0];
  if (isUnit(window.kernel) && isZero([...window.begin, ...window.end]))
    return pointwise(call, correlation, large, small);
  const blocks = inBlocks(call, correlation, large, small);
  if (blocks !== null) return blocks;
  const fixed = fixedDims(correlation.small) && fixedDims(correlation.large);
  if (depthwise && fixed) return byTaps(call, correlation, large, small);
  if (groups === 1 && fixed && correlation.channels >= FEWEST_GATHERED) return byRows(call, correlation, large, small);
  return byPatches(call, correlation, large, small);
}

/** A kernel of one tap: the places that it saw, times dY. */
function pointwise(call: Call, correlation: Correlation, large: string, small: string): string {
  const { write } = call;
  const { window, weightDims, groups, channels } = correlation;
  const axes = range(2, weightDims.length);
  const seen = isUnit(window.strides) ? large : everyNth(call, large, axes, window.strides);
  const [rows, columns] = [inGroups(call, small, weightDims[0], groups), inGroups(call, seen, channels, groups)];
  const products = write.emit('MatMul', [rows, transposeLast(write, columns, groups === 1 ? 3 : 4)]);
  return reshape(write, reduce(write, 'ReduceSum', products, [0], false), weightDims);
}

function everyNth({ write }: Call, value: string, axes: readonly number[], steps: readonly number[]): string {
  const zeros = write.ints(axes.map(() => 0));
  return write.emit('Slice', [value, zeros, write.ints(axes.map(() => 2 ** 62)), write.ints(axes), write.ints(steps)]);
}

/** Depthwise: one strided view of the input for every tap, times dY, summed over places. 13 ms where patches take 17. */
function byTaps({ write }: Call, correlation: Correlation, large: string, small: string): string {
  const { window, weightDims } = correlation;
  const places = fixedDims(correlation.small)!;
  const axes = range(2, weightDims.length);
  const padded = padSpace(write, large, window.begin, window.end);
  const sums = positionsIn(window.kernel).map((tap) => {
    const starts = tap.map((at, axis) => at * window.dilations[axis]);
    const ends = starts.map((start, axis) => start + (places[axis] - 1) * window.strides[axis] + 1);
    const bounds = [starts, ends, axes, window.strides].map((values) => write.ints(values));
    const view = write.emit('Slice', [padded, ...bounds]);
    return reshape(write, reduce(write, 'ReduceSum', write.mul(view, small), axes, false), [0, 0, 1]);
  });
  const all = write.emit('Concat', sums, { axis: int(2) });
  return reshape(write, reduce(write, 'ReduceSum', all, [0], false), weightDims);
}

/** Every position in an array of these sizes, the last axis fastest. */
function positionsIn(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((position) => range(0, size).map((at) => [...position, at])),
    [[]],
  );
}

/**
 * Patches as rows of channels: X with channels last, of which Gather copies whole rows, [N, places, taps · A]; then dY
 * times patches, summed over samples.
 */
function byRows(call: Call, correlation: Correlation, large: string, small: string): string {
  const { write } = call;
  const { window, weightDims, channels } = correlation;
  const rank = weightDims.length;
  const sizes = fixedDims(correlation.large)!.map((size, axis) => size + window.begin[axis] + window.end[axis]);
  const last = transpose(write, padSpace(write, large, window.begin, window.end), [0, ...range(2, rank), 1]);
  const rows = reshape(write, last, [0, product(sizes), channels]);
  const places = placesSeen(call, window, sizes, fixedDims(correlation.small)!);
  const patches = reshape(write, write.emit('Gather', [rows, places], { axis: int(1) }), [
    0,
    -1,
    product(window.kernel) * channels,
  ]);
  const products = write.emit('MatMul', [inGroups(call, small, weightDims[0], 1), patches]);
  const sum = reshape(write, reduce(write, 'ReduceSum', products, [0], false), [weightDims[0], -1, channels]);
  return reshape(write, transpose(write, sum, [0, 2, 1]), weightDims);
}

/** int32[places · taps]: where in the padded input each place sees each tap. */
function placesSeen(call: Call, window: Window, sizes: readonly number[], small: readonly number[]): string {
  const { strides, dilations, kernel } = window;
  return call.write.constant(`places ${[small, sizes, kernel, strides, dilations].join(' ')}`, () => {
    const taps = positionsIn(kernel);
    const indices = positionsIn(small).flatMap((place) =>
      taps.map((tap) =>
        sizes.reduce(
          (index, size, axis) => index * size + place[axis] * strides[axis] + tap[axis] * dilations[axis],
          0,
        ),
      ),
    );
    return new Tensor('', DataType.INT32, [indices.length], new Uint8Array(Int32Array.from(indices).buffer));
  });
}

/**
 * Patches by a depthwise Conv with one-hot filters, so that any stride, padding and dilation is onnxruntime's own matter:
 * [N, A · taps, places] times dYᵀ, which is 1 to 17 % faster than dY times patchesᵀ.
 */
function byPatches(call: Call, correlation: Correlation, large: string, small: string): string {
  const { write } = call;
  const { window, weightDims, groups, channels } = correlation;
  const taps = product(window.kernel);
  const patches = write.emit('Conv', [large, oneHotFilters(call, channels, window.kernel)], {
    ...windowAttributes(window),
    group: int(channels),
  });
  const columns = inGroups(call, patches, channels * taps, groups);
  const rows = inGroups(call, small, weightDims[0], groups);
  const rank = groups === 1 ? 3 : 4;
  const products = write.emit('MatMul', [columns, transposeLast(write, rows, rank)]);
  const sum = reduce(write, 'ReduceSum', products, [0], false);
  return reshape(write, transposeLast(write, sum, rank - 1), weightDims);
}

/** f32[channels · taps, 1, …kernel]: filter t of a channel is 1 at tap t. */
function oneHotFilters({ write }: Call, channels: number, kernel: readonly number[]): string {
  const taps = product(kernel);
  return write.constant(`one-hot ${channels} ${kernel.join()}`, () => {
    const values = new Float32Array(channels * taps * taps);
    for (let c = 0; c < channels; c++) for (let t = 0; t < taps; t++) values[(c * taps + t) * taps + t] = 1;
    return Tensor.fromFloat32('', [channels * taps, 1, ...kernel], values);
  });
}

/** [N, C, …] → [N, C, places], or [N, groups, C / groups, places]. */
function inGroups({ write }: Call, value: string, channels: number, groups: number): string {
  return reshape(write, value, groups === 1 ? [0, channels, -1] : [0, groups, channels / groups, -1]);
}
