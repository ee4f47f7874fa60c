import { describe, it } from 'vitest';
import type { Random } from '../../../src/core/index.js';
import { fromFront } from '../../../src/training/autodiff/shapes.js';
import { floatTensor, int64Tensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSamples, type Sample } from '../oracle/check.js';
import { sizeOf } from '../oracle/double-array.js';

const list = (values: readonly number[]) => int64Tensor('', [values.length], values);

/** `rank` sizes, `least` to `least` + 3. */
function drawDims(random: Random, rank: number, least = 1): number[] {
  return Array.from({ length: rank }, () => least + random.below(4));
}

/** Any of the axes of `dims`, at times counted from the end. */
function drawAxis(random: Random, dims: readonly number[]): number {
  const axis = random.below(dims.length);
  return random.below(2) ? axis : axis - dims.length;
}

function withSize(dims: readonly number[], axis: number, size: number): number[] {
  return dims.map((dim, i) => (i === axis ? size : dim));
}

/** At most two of the axes that may be free, at times none: shapes are probed with up to 160 along each. */
function drawFree(random: Random, axes: Iterable<number>): Pick<Sample, 'free'> {
  return { free: [...axes].filter(() => random.below(2)).slice(0, 2) };
}

/** `dims` as they may be before they are broadcast: some of length 1, some of the first left out. */
function drawBroadcast(random: Random, dims: readonly number[]): number[] {
  return dims.slice(random.below(dims.length + 1)).map((dim) => (random.below(3) ? dim : 1));
}

function drawMatMul(random: Random): Sample {
  const [m, k, n] = drawDims(random, 3);
  const batch = drawDims(random, random.below(3));
  const a = random.below(6) ? [...drawBroadcast(random, batch), m, k] : [k];
  const b = random.below(6) ? [...drawBroadcast(random, batch), k, n] : [k];
  // A free size has to be the same on both sides, or stand on one.
  const free = a.length > 2 && b.length === 2 ? drawFree(random, [0]) : {};
  return { opType: 'MatMul', inputs: [a, b], ...free };
}

function drawSoftmax(random: Random): Sample {
  const opType = ['Softmax', 'LogSoftmax'][random.below(2)];
  const dims = drawDims(random, 1 + random.below(4), 2);
  const [axis, opset] = [drawAxis(random, dims), [11, 13, 18][random.below(3)]];
  const first = fromFront(axis, dims.length);
  // What is added to all that are compared changes nothing.
  const others = [...dims.keys()].filter((other) => other < first || (opset > 11 && other > first));
  return { opType, attributes: attributesOf({ axis }), inputs: [dims], opset, ...drawFree(random, others) };
}

const REDUCTIONS = ['Sum', 'Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'];

function drawReduction(random: Random): Sample {
  const opType = `Reduce${REDUCTIONS[random.below(REDUCTIONS.length)]}`;
  const dims = drawDims(random, 1 + random.below(4));
  const chosen = [...dims.keys()].filter(() => random.below(2));
  const axes = chosen.map((axis) => (random.below(2) ? axis : axis - dims.length));
  const attributes = attributesOf({ keepdims: random.below(2) });
  const draw = opType === 'ReduceLogSum' ? { draw: (source: Random) => 0.3 + source.uniform() } : {};
  const inputs = axes.length > 0 ? [dims, list(axes)] : [dims];
  return { opType, attributes, inputs, ...draw, ...drawFree(random, dims.keys()) };
}

function drawLayerNormalization(random: Random): Sample {
  // Over fewer than three numbers next to nothing moves.
  const dims = drawDims(random, 2 + random.below(3), 3).map((dim) => Math.min(dim, 4));
  const axis = 1 + random.below(dims.length - 1);
  const own = dims.slice(axis);
  const attributes = attributesOf({ axis: random.below(2) ? axis : axis - dims.length, epsilon: 0.01 });
  const inputs = random.below(3) ? [dims, own, own] : [dims, own];
  return { opType: 'LayerNormalization', attributes, inputs, ...drawFree(random, [0]) };
}

function drawBatchNormalization(random: Random): Sample {
  const dims = drawDims(random, 2 + random.below(3));
  const channels = dims[1];
  const numbers = (draw: () => number) => floatTensor('', [channels], Array.from({ length: channels }, draw));
  const [mean, variance] = [numbers(() => random.normal()), numbers(() => 0.3 + random.uniform())];
  const inputs = [dims, [channels], [channels], mean, variance];
  const free = drawFree(
    random,
    [...dims.keys()].filter((axis) => axis !== 1),
  );
  return { opType: 'BatchNormalization', attributes: attributesOf({ epsilon: 0.01 }), inputs, ...free };
}

function drawConcat(random: Random): Sample {
  const dims = drawDims(random, 1 + random.below(3));
  const axis = drawAxis(random, dims);
  const joined = fromFront(axis, dims.length);
  const others = drawDims(random, random.below(4)).map((size) => withSize(dims, joined, size));
  return {
    opType: 'Concat',
    attributes: attributesOf({ axis }),
    inputs: [dims, ...others],
    ...drawFree(random, [joined]),
  };
}

function drawSplit(random: Random): Sample {
  const dims = drawDims(random, 1 + random.below(3));
  const axis = drawAxis(random, dims);
  const cut = fromFront(axis, dims.length);
  const sizes = drawDims(random, 1 + random.below(3));
  const whole = withSize(
    dims,
    cut,
    sizes.reduce((sum, size) => sum + size),
  );
  const free = drawFree(
    random,
    [...dims.keys()].filter((other) => other !== cut),
  );
  return {
    opType: 'Split',
    attributes: attributesOf({ axis }),
    inputs: [whole, list(sizes)],
    outputs: sizes.length,
    ...free,
  };
}

function drawSlice(random: Random): Sample {
  const dims = drawDims(random, 1 + random.below(4), 2);
  const axes = [...dims.keys()].filter(() => random.below(2));
  if (axes.length === 0) axes.push(0);
  const bounds = axes.map((axis) => {
    const size = dims[axis];
    const start = random.below(size);
    const step = [1, 1, 2, 3, -1, -2][random.below(6)];
    // The first number at least is in it; beyond an end counts as the end.
    const end = step > 0 ? start + 1 + random.below(size) : start - 1 - random.below(size);
    return { start: random.below(2) ? start : start - size, end: end < 0 ? end - size : end, step };
  });
  const of = (name: 'start' | 'end' | 'step') => list(bounds.map((bound) => bound[name]));
  const others = [...dims.keys()].filter((axis) => !axes.includes(axis));
  return {
    opType: 'Slice',
    inputs: [dims, of('start'), of('end'), list(axes), of('step')],
    ...drawFree(random, others),
  };
}

function drawTranspose(random: Random): Sample {
  const dims = drawDims(random, 1 + random.below(5)).map((dim) => Math.min(dim, 3));
  const perm = [...random.shuffle(Uint32Array.from(dims.keys()))];
  return { opType: 'Transpose', attributes: attributesOf({ perm }), inputs: [dims], ...drawFree(random, dims.keys()) };
}

/** Numbers of all inputs: central differences run twice for each. */
const MOST = 60;

function bounded(draw: (random: Random) => Sample): (random: Random) => Sample {
  return (random) => {
    for (;;) {
      const sample = draw(random);
      const sizes = sample.inputs.map((input) => (Array.isArray(input) ? sizeOf(input) : 0));
      if (sizes.reduce((sum, size) => sum + size, 0) <= MOST) return sample;
    }
  };
}

describe('gradients, whatever the dims', () => {
  it.each<[string, (random: Random) => Sample]>([
    ['MatMul', drawMatMul],
    ['Softmax and LogSoftmax', drawSoftmax],
    ['reductions', drawReduction],
    ['LayerNormalization', drawLayerNormalization],
    ['BatchNormalization', drawBatchNormalization],
    ['Concat', drawConcat],
    ['Split', drawSplit],
    ['Slice', drawSlice],
    ['Transpose', drawTranspose],
  ])('of %s', (_, draw) => checkSamples(12, bounded(draw), 7));
});
