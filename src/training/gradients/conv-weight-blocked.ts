import { BLOCKED } from '../autodiff/blocked-conv.js';
import { int, ints } from '../autodiff/graph-writer.js';
import { fixedDims } from '../autodiff/shapes.js';
import { padSpace, reshape, transpose } from './arrange.js';
import type { Correlation } from './conv-geometry.js';
import type { Call } from './rule.js';

/**
 * ∂W as one Conv with samples and channels exchanged: X as A pictures of N channels, dY as a kernel of the size of a whole
 * picture, which reaches as many places as W has taps; strides and dilations change places. In the blocked layout of the
 * runtime (see `autodiff/blocked-conv.ts`) that takes 8.3 ms where patches take 11.3 (16 channels of 32 × 32), 5.6
 * against 8.2 (32 of 16 × 16), 4.2 against 6.2 (64 of 8 × 8); pads have to be zeros of the picture for that.
 *
 * @returns null where samples or output channels are no whole blocks, or the runtime has none
 */
export function inBlocks(call: Call, correlation: Correlation, large: string, small: string): string | null {
  const { write, shapes, convBlock: block } = call;
  const { window, weightDims, groups } = correlation;
  const dims = shapes.fixed(call.inputs[0]);
  const places = fixedDims(correlation.small);
  if (block === undefined || !dims || !places || groups !== 1 || places.length !== 2) return null;
  const [samples, rows] = [dims[0], weightDims[0]];
  if (samples % block !== 0 || rows % block !== 0) return null;
  const pictures = transpose(write, padSpace(write, large, window.begin, window.end), [1, 0, 2, 3]);
  const blocked = write.emitFrom(BLOCKED, 'ReorderInput', [pictures]);
  const sums = write.emitFrom(BLOCKED, 'Conv', [blocked, asKernel(call, small, [samples, rows, ...places], block)], {
    kernel_shape: ints(places),
    strides: ints(window.dilations),
    dilations: ints(window.strides),
  });
  const plain = write.emitFrom(BLOCKED, 'ReorderOutput', [sums], { channels: int(rows) });
  // Where a stride left places of X unseen, there are more results than taps.
  const ends = [write.ints([0, 0]), write.ints(window.kernel), write.ints([2, 3])];
  return transpose(write, write.emit('Slice', [plain, ...ends]), [1, 0, 2, 3]);
}

/** dY [N, B, h, w] → the weight of a blocked Conv from N to B channels: [B / b, N / b, h, w, b (of N), b (of B)]. */
function asKernel(call: Call, dy: string, [samples, rows, ...places]: readonly number[], block: number): string {
  const { write } = call;
  // Already [N, B / b, h, w, b] in memory, which the declared dims do not say.
  const blocked = write.emitFrom(BLOCKED, 'ReorderInput', [dy]);
  const apart = reshape(write, blocked, [samples / block, block, rows / block, places[0] * places[1], block]);
  return reshape(write, transpose(write, apart, [2, 0, 3, 1, 4]), [rows, samples, ...places]);
}
