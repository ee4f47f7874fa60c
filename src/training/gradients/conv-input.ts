import { int, ints } from '../autodiff/graph-writer.js';
import { fixedDims, range } from '../autodiff/shapes.js';
import { reshape, transpose } from './arrange.js';
import { type Correlation, isUnit, reachOf, windowAttributes } from './conv-geometry.js';
import type { Call } from './rule.js';

/** Slice's word for "to before the first". */
const BEFORE_FIRST = -(2 ** 63);

/**
 * The transposed map of a correlation, from its small side to its large side: ∂X of Conv. By a Conv with the flipped weight
 * where that is faster, else by ConvTranspose. In ms, 64 samples, one thread (channels large ← small, kernel, large size):
 *
 * |               | 16←16, 3², 32² | 64←64, 3², 8² | 16←32, 3², 16² | 20←50, 5², 8² to 12² | 6←16, 5², 10² to 14² |
 * | flipped Conv  |            8.0 |           4.7 |            3.9 |                 14.5 |                  3.9 |
 * | ConvTranspose |            9.0 |           5.4 |            3.4 |                  3.4 |                  0.7 |
 *
 * @param value of the dims of the small side
 * @param large a value of the dims of the large side
 */
export function spread(call: Call, correlation: Correlation, value: string, large: string): string {
  const { window } = correlation;
  const reach = reachOf(window);
  const begin = window.begin.map((pad, axis) => reach[axis] - 1 - pad);
  const end = window.end.map((pad, axis) => reach[axis] - 1 - pad);
  const flips = isUnit(window.strides) && [...begin, ...end].every((pad) => pad >= 0);
  if (!flips || !flipsFaster(call, correlation)) return transposed(call, correlation, value, large);
  const weight = flippedWeight(call, correlation);
  const { channels, groups, weightDims } = correlation;
  call.shapes.define(weight, [channels, weightDims[0] / groups, ...window.kernel]);
  return call.write.emit('Conv', [value, weight], {
    ...windowAttributes({ ...window, begin, end }),
    group: int(groups),
  });
}

/**
 * The flipped Conv pays for every place of the large side, and is slow where it sums over more channels than it makes, but
 * not in the blocked layout (2.3 ms for 16←32 above). One tap is a product of matrices: 0.7 ms, where 1.0 otherwise.
 */
function flipsFaster({ convBlock }: Call, correlation: Correlation): boolean {
  const { window, weightDims, groups, channels, large, small } = correlation;
  const [rows, columns] = weightDims;
  if (isUnit(window.kernel) || (columns === 1 && groups === rows)) return true;
  const sameSize = large.every((size, axis) => size === small[axis]);
  const whole = convBlock !== undefined && groups === 1 && rows % convBlock === 0 && channels % convBlock === 0;
  return sameSize && channels >= 16 && (channels >= rows || (whole && large.length === 2));
}

/** [B, A / g, …] → [A, B / g, …], every kernel turned by half a turn. */
function flippedWeight({ write }: Call, { weight, weightDims, groups, channels, window }: Correlation): string {
  const axes = range(2, weightDims.length);
  const each = (value: number) => write.ints(axes.map(() => value));
  const isPoint = isUnit(window.kernel);
  const flipped = isPoint
    ? weight
    : write.emit('Slice', [weight, each(-1), each(BEFORE_FIRST), write.ints(axes), each(-1)]);
  const [rows, columns, ...kernel] = weightDims;
  if (groups === 1) return transpose(write, flipped, [1, 0, ...axes]);
  const split = reshape(write, flipped, [groups, rows / groups, columns, ...kernel]);
  const turned = transpose(write, split, [0, 2, 1, ...axes.map((axis) => axis + 1)]);
  return reshape(write, turned, [channels, rows / groups, ...kernel]);
}

/**
 * ConvTranspose with the same window. What the last windows did not reach is `output_padding`. Where the size is free, all
 * that could be reached is computed, and the pads are cut off.
 */
function transposed(call: Call, correlation: Correlation, value: string, large: string): string {
  const { write } = call;
  const { window, groups, weight } = correlation;
  const [largeDims, smallDims] = [fixedDims(correlation.large), fixedDims(correlation.small)];
  const attributes = { ...windowAttributes(window), group: int(groups) };
  if (largeDims && smallDims) {
    const reach = reachOf(window);
    const rest = largeDims.map((size, axis) => {
      const reached = (smallDims[axis] - 1) * window.strides[axis] + reach[axis];
      return size + window.begin[axis] + window.end[axis] - reached;
    });
    return write.emit('ConvTranspose', [value, weight], { ...attributes, output_padding: ints(rest) });
  }
  const whole = write.emit('ConvTranspose', [value, weight], {
    ...attributes,
    pads: ints([...window.begin, ...window.end].map(() => 0)),
    output_padding: ints(window.strides.map((stride) => stride - 1)),
  });
  const axes = range(2, 2 + window.kernel.length);
  const sizes = write.emit('Slice', [write.emit('Shape', [large]), write.ints([2]), write.ints([2 + axes.length])]);
  const starts = write.ints(window.begin);
  return write.emit('Slice', [whole, starts, write.add(starts, sizes), write.ints(axes)]);
}
