import { BLOCKED } from '../autodiff/blocked-conv.js';
import { int, ints } from '../autodiff/graph-writer.js';
import { fixedDims } from '../autodiff/shapes.js';
import { padSpace, reduce, reshape, transpose } from './arrange.js';
import { type Correlation, product } from './conv-geometry.js';
import type { Call } from './rule.js';

/** What is known where a gradient can be written in blocks. */
interface Site {
  readonly call: Call;
  readonly correlation: Correlation;
  readonly block: number;
  readonly samples: number;
  /** Spatial dims of the small side. */
  readonly places: readonly number[];
}

/**
 * ∂W as one Conv in the blocked layout of the runtime (see `autodiff/blocked-conv.ts`): dY is a kernel of the size of a
 * whole picture, which reaches as many places of X as W has taps; strides and dilations change places. Pads are zeros of
 * the picture, for the runtime is twice as slow at the edges. In ms, 64 samples, one thread:
 *
 * |                       | 16, 3², 32² | 32, 3², 16² | 64, 3², 8² | depthwise 64, 3², 25 × 5 |
 * | patches, rows or taps |        11.3 |         8.2 |        6.2 |                     10.3 |
 * | in blocks             |         8.3 |         5.6 |        4.2 |                      2.2 |
 *
 * Sums over samples and places are added one after the other: against double they are off by 2e-6 for 2^16 terms and 8e-6
 * for 2^20, where sums by sample are off by 6e-7.
 *
 * @returns null where samples or channels are no whole blocks, or the runtime has none
 */
export function inBlocks(call: Call, correlation: Correlation, large: string, small: string): string | null {
  const { convBlock: block, shapes, inputs } = call;
  const { weightDims, groups, channels } = correlation;
  const dims = shapes.fixed(inputs[0]);
  const places = fixedDims(correlation.small);
  if (block === undefined || !dims || !places || places.length !== 2) return null;
  const site = { call, correlation, block, samples: dims[0], places };
  const [rows, columns] = weightDims;
  if (rows % block !== 0) return null;
  if (groups === 1 && site.samples % block === 0) return dense(site, large, small);
  return columns === 1 && groups === rows && channels === rows ? depthwise(site, large, small) : null;
}

/** Samples and channels exchanged: X as A pictures of N channels, dY as B kernels over N channels. */
function dense(site: Site, large: string, small: string): string {
  const { call, correlation, block, samples, places } = site;
  const { write } = call;
  const [rows] = correlation.weightDims;
  const pictures = transpose(write, padded(site, large), [1, 0, 2, 3]);
  // [N, B / b, h, w, b (of B)] in memory, which the declared dims do not say; wanted: [B / b, N / b, h, w, b (of N), b (of B)].
  const blocked = write.emitFrom(BLOCKED, 'ReorderInput', [small]);
  const apart = reshape(write, blocked, [samples / block, block, rows / block, product(places), block]);
  const kernel = reshape(write, transpose(write, apart, [2, 0, 3, 1, 4]), [rows, samples, ...places]);
  return transpose(write, slide(site, pictures, kernel, rows, 1), [1, 0, 2, 3]);
}

/** One picture of N · C channels, each with a kernel of its own; the samples are added up afterwards. */
function depthwise(site: Site, large: string, small: string): string {
  const { call, correlation, samples, places } = site;
  const { write } = call;
  const { weightDims, channels, window } = correlation;
  const all = samples * channels;
  const one = (value: string) => write.emit('Reshape', [value, write.ints([1, all, 0, 0])]);
  const blocked = write.emitFrom(BLOCKED, 'ReorderInput', [one(small)]);
  const sums = slide(site, one(padded(site, large)), reshape(write, blocked, [all, 1, ...places]), all, all);
  const perSample = reshape(write, sums, [samples, channels, product(window.kernel)]);
  return reshape(write, reduce(write, 'ReduceSum', perSample, [0], false), weightDims);
}

function padded({ call, correlation: { window } }: Site, large: string): string {
  return padSpace(call.write, large, window.begin, window.end);
}

/** The blocked Conv, back in plain layout: [·, rows, taps of W …]. */
function slide({ call, correlation, places }: Site, x: string, kernel: string, rows: number, group: number): string {
  const { write } = call;
  const { window } = correlation;
  const sums = write.emitFrom(BLOCKED, 'Conv', [write.emitFrom(BLOCKED, 'ReorderInput', [x]), kernel], {
    kernel_shape: ints(places),
    strides: ints(window.dilations),
    dilations: ints(window.strides),
    group: int(group),
  });
  const plain = write.emitFrom(BLOCKED, 'ReorderOutput', [sums], { channels: int(rows) });
  // Where a stride left places of X unseen, there are more results than taps.
  return write.emit('Slice', [plain, write.ints([0, 0]), write.ints(window.kernel), write.ints([2, 3])]);
}
