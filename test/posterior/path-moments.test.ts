import { describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, SILENT, type Tensor } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { PathMoments } from '../../src/posterior/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { buildConvNet, buildDocument, buildValue, normalTensor } from '../helpers/build.js';

const context = { logger: SILENT, onProgress: () => {} };
const runtime = await ortNode({ threads: 1 });

/** x → Gemm a → Relu → Gemm b → (+ h) → Relu → Gemm c, d side by side, of which c alone is an output. */
function residual(): Document {
  const transposed = { transB: { kind: 'int', value: 1n } } as const;
  return buildDocument({
    inputs: [buildValue('x', ['N', 6])],
    outputs: [buildValue('y', ['N', 3]), buildValue('z', ['N', 2])],
    nodes: [
      createNode('Gemm', ['x', 'a'], ['ha'], transposed),
      createNode('Relu', ['ha'], ['ra']),
      createNode('Gemm', ['ra', 'b', 'bb'], ['hb'], transposed),
      createNode('Add', ['hb', 'ra'], ['s']),
      createNode('Relu', ['s'], ['rs']),
      createNode('Gemm', ['rs', 'c'], ['y'], transposed),
      createNode('MatMul', ['rs', 'd'], ['z']),
    ],
    initializers: [
      normalTensor('a', [5, 6], 1),
      normalTensor('b', [5, 5], 2),
      normalTensor('bb', [5], 3),
      normalTensor('c', [3, 5], 4),
      normalTensor('d', [5, 2], 5),
    ],
  });
}

/** x → 1 × 1 Conv a → 3 × 3 Conv b of two groups → (+ what a put out), 8 channels all along. */
function convResidual(size: number): Document {
  const around = {
    pads: { kind: 'ints' as const, value: [1n, 1n, 1n, 1n] },
    group: { kind: 'int' as const, value: 2n },
  };
  return buildDocument({
    inputs: [buildValue('x', ['N', 8, size, size])],
    outputs: [buildValue('y', ['N', 8, size, size])],
    nodes: [
      createNode('Conv', ['x', 'a'], ['s']),
      createNode('Conv', ['s', 'b'], ['t'], around),
      createNode('Add', ['s', 't'], ['y']),
    ],
    initializers: [normalTensor('a', [8, 8, 1, 1], 1), normalTensor('b', [8, 4, 3, 3], 2)],
  });
}

/** A 1 × 1 convolution: [batch, channels, positions]. */
function pointwise(x: Float32Array, weights: Float32Array, channels: number, positions: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let n = 0; n < x.length; n += channels * positions) {
    for (let o = 0; o < channels; o++) {
      for (let c = 0; c < channels; c++) {
        const weight = weights[o * channels + c];
        for (let i = 0; i < positions; i++) y[n + o * positions + i] += weight * x[n + c * positions + i];
      }
    }
  }
  return y;
}

/** Means over every `stride`-th position of x̃ eᵀ, by group, and of e = s − s̃, where x̃ are 3 × 3 patches of s̃. */
function patchProducts(
  now: Float64Array,
  before: Float64Array,
  { batch, channels, groups, size, stride }: Record<'batch' | 'channels' | 'groups' | 'size' | 'stride', number>,
) {
  const each = channels / groups;
  const cross = new Array<number>(channels * 9 * each).fill(0);
  const mean = new Array<number>(channels).fill(0);
  const count = batch * Math.ceil(size / stride) ** 2;
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < size; y += stride) {
      for (let x = 0; x < size; x += stride) {
        for (let o = 0; o < channels; o++) {
          const at = ((n * channels + o) * size + y) * size + x;
          const missing = before[at] - now[at];
          mean[o] += missing / count;
          const group = Math.floor(o / each);
          for (let c = 0; c < each; c++) {
            for (let tap = 0; tap < 9; tap++) {
              const [row, column] = [y + Math.floor(tap / 3) - 1, x + (tap % 3) - 1];
              if (row < 0 || column < 0 || row >= size || column >= size) continue;
              const value = now[((n * channels + group * each + c) * size + row) * size + column];
              cross[((group * each + c) * 9 + tap) * each + (o % each)] += (value * missing) / count;
            }
          }
        }
      }
    }
  }
  return { cross, mean };
}

function feedsOf(dims: readonly number[], count: number) {
  const random = new Random(9);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, () => ({
    x: { dataType: DataType.FLOAT, dims, data: Float32Array.from({ length: size }, () => random.normal() + 0.3) },
  }));
}

/** Rows [n, K] of a value of the model. */
async function rowsOf(document: Document, name: string, feeds: ReturnType<typeof feedsOf>): Promise<Float64Array[]> {
  const { graph } = document;
  const asked = Object.assign(Object.create(Object.getPrototypeOf(document)), document, {
    graph: { ...graph, outputs: [buildValue(name, ['N', 5])] },
  });
  const session = await runtime.load(modelBytes(asked));
  const rows: Float64Array[] = [];
  for (const feed of feeds) {
    const { data, dims } = (await session.run(feed))[name];
    for (let n = 0; n < dims[0]; n++) rows.push(Float64Array.from((data as Float32Array).slice(n * 5, n * 5 + 5)));
  }
  await session.release();
  return rows;
}

function meanOfProducts(a: Float64Array[], b: Float64Array[]): number[] {
  const size = a[0].length;
  return Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return a.reduce((sum, row, n) => sum + row[i] * b[n][j], 0) / a.length;
  });
}

function expectNear(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 4);
  });
}

const shake = (tensor: Tensor) => tensor.setFloat32(tensor.toFloat32().map((value) => Math.round(value)));

describe('PathMoments', () => {
  it('sees each layer behind those that were changed before it, beside what it saw originally', async () => {
    const [document, untouched] = [residual(), residual()];
    const tensors = ['a', 'b', 'c', 'd'].map((name) => document.graph.initializers.get(name)!);
    const [a, b, c, d] = tensors;
    const feeds = feedsOf([7, 6], 3);
    const path = await PathMoments.of(document, new Set(tensors), feeds, runtime);
    expect(path.stages).toBe(3);
    const first = await path.next(context);
    expect([...first.keys()]).toEqual([a]);
    expect(first.get(a)!.cross).toEqual(first.get(a)!.second);
    shake(a);
    const second = await path.next(context);
    expect([...second.keys()]).toEqual([b]);
    expect(second.get(b)!.bias).toBe(document.graph.initializers.get('bb'));
    shake(b);
    const third = await path.next(context);
    expect([...third.keys()]).toEqual([c, d]);
    for (const [moments, name] of [
      [second.get(b)!, 'ra'],
      [third.get(c)!, 'rs'],
      [third.get(d)!, 'rs'],
    ] as const) {
      const [now, before] = [await rowsOf(document, name, feeds), await rowsOf(untouched, name, feeds)];
      expect(now).not.toEqual(before);
      expectNear(moments.second, meanOfProducts(now, now));
      expectNear(moments.cross, meanOfProducts(now, before));
      expectNear(moments.original.second, meanOfProducts(before, before));
    }
  });

  it('measures what has been lost of the value that is added to a layer', async () => {
    const [document, untouched] = [residual(), residual()];
    const tensors = ['a', 'b', 'c', 'd'].map((name) => document.graph.initializers.get(name)!);
    const feeds = feedsOf([7, 6], 3);
    const path = await PathMoments.of(document, new Set(tensors), feeds, runtime);
    expect((await path.next(context)).get(tensors[0])!.lost).toBeNull();
    shake(tensors[0]);
    const { lost } = (await path.next(context)).get(tensors[1])!;
    const [now, before] = [await rowsOf(document, 'ra', feeds), await rowsOf(untouched, 'ra', feeds)];
    const missing = before.map((row, n) => row.map((value, i) => value - now[n][i]));
    expectNear(lost!.cross, meanOfProducts(now, missing));
    expectNear(
      lost!.mean,
      Array.from({ length: 5 }, (_, i) => missing.reduce((sum, row) => sum + row[i], 0) / missing.length),
    );
    const last = await path.next(context);
    for (const tensor of tensors.slice(2)) expect(last.get(tensor)!.lost).toBeNull();
  });

  it.each([
    ['at every position', 9, 1],
    ['at every second position of large maps', 347, 2],
  ])('measures it behind convolutions of two groups, %s', async (_, size, stride) => {
    const document = convResidual(size);
    const [a, b] = ['a', 'b'].map((name) => document.graph.initializers.get(name)!);
    const before = a.toFloat32().slice();
    const feeds = feedsOf([2, 8, size, size], 1);
    const path = await PathMoments.of(document, new Set([a, b]), feeds, runtime);
    await path.next(context);
    shake(a);
    const { lost } = (await path.next(context)).get(b)!;
    const [s, now] = [before, a.toFloat32()].map((weights) => pointwise(feeds[0].x.data, weights, 8, size * size));
    const { cross, mean } = patchProducts(now, s, { batch: 2, channels: 8, groups: 2, size, stride });
    expectNear(lost!.cross, cross);
    expectNear(lost!.mean, mean);
  });

  it('measures patches of a convolution in both networks', async () => {
    const document = buildConvNet(3);
    const [w, fc] = ['conv.w', 'fc.w'].map((name) => document.graph.initializers.get(name)!);
    const path = await PathMoments.of(document, new Set([w, fc]), feedsOf([4, 3, 8, 8], 2), runtime);
    const conv = (await path.next(context)).get(w)!;
    expect(conv).toMatchObject({ groups: 1, rows: 4, columns: 27 });
    expect(conv.cross).toEqual(conv.second);
    w.setFloat32(w.toFloat32().map((value) => 2 * value));
    const dense = (await path.next(context)).get(fc)!;
    expect(dense.original.second).not.toEqual(dense.second);
    expect(path.stages).toBe(2);
  });
});
