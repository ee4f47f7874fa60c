import { describe, expect, it } from 'vitest';
import { findTrellis } from '../../src/codec/index.js';
import { type GridCoding, Random, Tensor } from '../../src/core/index.js';
import { loadKernels } from '../../src/kernels/index.js';
import { codeEntropyBits } from '../../src/methods/tensor-bits.js';
import { feedbackOf } from '../../src/methods/uniform/error-feedback.js';
import { learnLevelCosts, levelsOf } from '../../src/methods/uniform/level-costs.js';
import { quantizeTensor } from '../../src/methods/uniform/quantize-tensor.js';
import type { LayerMoments } from '../../src/posterior/index.js';

const kernel = await loadKernels();
const plain = { axis: 0, feedback: null, costs: null, trellis: null };
const along = { ...plain, trellis: { kernel, lambda: 0, costs: null } };

function normalTensor(dims: number[], seed: number): Tensor {
  const random = new Random(seed);
  const count = dims.reduce((a, b) => a * b);
  return Tensor.fromFloat32(
    'w',
    dims,
    Float32Array.from({ length: count }, () => random.normal()),
  );
}

/** Squared error of the weights, and the bits of their codes. */
function measure(tensor: Tensor, coding: GridCoding): { error: number; bits: number } {
  const before = tensor.toFloat32();
  const coded = Tensor.fromFloat32('c', tensor.dims, before);
  coded.setCoding(coding);
  const error = coded.toFloat32().reduce((sum, value, i) => sum + (value - before[i]) ** 2, 0);
  return { error: error / before.length, bits: codeEntropyBits(coded) / before.length };
}

/** Inputs with a strong common factor, as after a ReLU. */
function correlated(rows: number, columns: number, layout: Partial<LayerMoments>) {
  const random = new Random(5);
  const inputs = Array.from({ length: 600 }, () => {
    const common = 1 + random.normal();
    return Array.from({ length: columns }, () => common + 0.4 * random.normal());
  });
  const second = new Float32Array(columns * columns);
  const mean = new Float32Array(columns);
  for (const x of inputs)
    for (let i = 0; i < columns; i++) {
      mean[i] += x[i] / inputs.length;
      for (let j = 0; j < columns; j++) second[i * columns + j] += (x[i] * x[j]) / inputs.length;
    }
  const moments: LayerMoments = {
    groups: 1,
    rows,
    columns,
    rowStride: columns,
    columnStride: 1,
    bias: null,
    second,
    mean,
    ...layout,
  };
  const outputError = (tensor: Tensor, { codes, scales }: GridCoding) => {
    const weights = tensor.toFloat32();
    let sum = 0;
    for (const x of inputs)
      for (let r = 0; r < rows; r++) {
        let error = 0;
        for (let j = 0; j < columns; j++) {
          const at = r * moments.rowStride + j * moments.columnStride;
          error += (scales[0] * codes[at] - weights[at]) * x[j];
        }
        sum += error * error;
      }
    return sum;
  };
  return { moments, outputError };
}

describe('levels along a trellis', () => {
  it.each([0.5, 1, 1.5])('take an eighth of a bit less than rounding in steps of %d, with the same error', (step) => {
    const tensor = normalTensor([128, 256], 1);
    const scales = Float32Array.of(step);
    const rounded = measure(tensor, quantizeTensor(tensor, { ...plain, scales }));
    const coded = measure(tensor, quantizeTensor(tensor, { ...along, scales }));
    expect(coded.bits).toBeLessThan(rounded.bits - 1 / 8);
    expect(coded.error).toBeLessThan(1.03 * rounded.error);
  });

  it.each([
    ['output channels first', { rowStride: 48, columnStride: 1 }, [96, 48]],
    ['output channels last', { rowStride: 1, columnStride: 512 }, [48, 512]],
  ])('are fed back as rounded ones are, with %s', (_, layout, dims) => {
    const rows = layout.rowStride === 1 ? 512 : 96;
    const { moments, outputError } = correlated(rows, 48, layout);
    const tensor = normalTensor(dims, 2);
    const scales = Float32Array.of(0.6);
    const alone = quantizeTensor(tensor, { ...along, scales });
    const fed = quantizeTensor(tensor, { ...along, scales, feedback: feedbackOf(moments, 0.1) });
    const rounded = quantizeTensor(tensor, { ...plain, scales, feedback: feedbackOf(moments, 0.1) });
    expect(outputError(tensor, fed)).toBeLessThan(outputError(tensor, alone) / 2);
    expect(outputError(tensor, fed)).toBeLessThan(1.2 * outputError(tensor, rounded));
    expect(measure(tensor, fed).bits).toBeLessThan(measure(tensor, rounded).bits - 0.1);
    expect(findTrellis(fed.codes, tensor.dims)?.period).toBe(layout.rowStride === 1 ? 16 : 48);
  });

  it('are found in depthwise and grouped layers too', () => {
    const { moments } = correlated(40, 9, {});
    const grouped = { ...moments, groups: 40, second: repeat(moments.second, 40), mean: repeat(moments.mean, 40) };
    const tensor = normalTensor([40, 1, 3, 3], 3);
    const coding = quantizeTensor(tensor, {
      ...along,
      scales: Float32Array.of(0.5),
      feedback: feedbackOf(grouped, 0.1),
    });
    expect(findTrellis(coding.codes, tensor.dims)?.period).toBe(18);
  });

  it('cost fewer bits when bits are asked for', () => {
    const tensor = normalTensor([64, 400], 4);
    const scales = Float32Array.of(0.8);
    const first = quantizeTensor(tensor, { ...along, scales });
    const before = measure(tensor, first);
    const learned = Tensor.fromFloat32('l', tensor.dims, tensor.toFloat32());
    learned.setCoding(first);
    const { trellis: costs } = learnLevelCosts([levelsOf(learned)], 0.1, kernel).get(learned)!;
    const second = quantizeTensor(tensor, { ...along, scales, trellis: { kernel, lambda: 0.1, costs } });
    const after = measure(tensor, second);
    expect(after.bits).toBeLessThan(before.bits - 0.05);
    // Each bit saved costs about λ step² of error, not much more.
    expect(after.error - before.error).toBeLessThan(2 * 0.1 * 0.64 * (before.bits - after.bits));
  });

  it('are left where they gain nothing: for short columns, and for weights too far out', () => {
    const small = normalTensor([8, 20], 6);
    const { moments } = correlated(8, 20, {});
    const scales = Float32Array.of(0.5);
    expect(quantizeTensor(small, { ...along, scales, feedback: feedbackOf(moments, 0.1) })).toEqual(
      quantizeTensor(small, { ...plain, scales, feedback: feedbackOf(moments, 0.1) }),
    );
    const far = normalTensor([64, 64], 7);
    far.setFloat32(far.toFloat32().fill(50, 0, 1));
    expect(quantizeTensor(far, { ...along, scales })).toEqual(quantizeTensor(far, { ...plain, scales }));
  });
});

function repeat(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
