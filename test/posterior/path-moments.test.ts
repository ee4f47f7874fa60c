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

interface Maps {
  readonly batch: number;
  readonly channels: number;
  readonly groups: number;
  readonly size: number;
}

/** Calls back for every pair of an output and an input of a 3 × 3 convolution that pads by 1, at every `stride`-th position. */
function forPatches(
  { batch, channels, groups, size }: Maps,
  stride: number,
  visit: (output: number, input: number, row: number, column: number) => void,
): void {
  const each = channels / groups;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < channels; o++) {
      const first = Math.floor(o / each) * each;
      for (let y = 0; y < size; y += stride) {
        for (let x = 0; x < size; x += stride) {
          for (let k = 0; k < each * 9; k++) {
            const [i, j] = [y + Math.floor((k % 9) / 3) - 1, x + (k % 3) - 1];
            if (i < 0 || j < 0 || i >= size || j >= size) continue;
            const channel = n * channels + first + Math.floor(k / 9);
            visit(((n * channels + o) * size + y) * size + x, (channel * size + i) * size + j, o, k);
          }
        }
      }
    }
  }
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

/** [K of a · K of b] */
function meanOfProducts(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number[] {
  const [rows, columns] = [a[0].length, b[0].length];
  return Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return a.reduce((sum, row, n) => sum + row[i] * b[n][j], 0) / a.length;
  });
}

/** X W by samples, of a weight with `rows` rows. */
function putOut(x: readonly ArrayLike<number>[], weight: Tensor, rows: number, isTurned: boolean): number[][] {
  const numbers = weight.toFloat32();
  return x.map((sample) =>
    Array.from({ length: rows }, (_, r) => {
      const at = (j: number) => (isTurned ? r * sample.length + j : j * rows + r);
      return Array.from(sample).reduce((sum, value, j) => sum + value * numbers[at(j)], 0);
    }),
  );
}

function expectNear(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 4);
  });
}

const shake = (tensor: Tensor) => tensor.setFloat32(tensor.toFloat32().map((value) => Math.round(value)));

describe('PathMoments', () => {
  it('sees each layer behind those that were changed before it, beside what it is to put out', async () => {
    const [document, untouched] = [residual(), residual()];
    const tensors = ['a', 'b', 'c', 'd'].map((name) => document.graph.initializers.get(name)!);
    const [a, b, c, d] = tensors;
    const feeds = feedsOf([7, 6], 3);
    const path = await PathMoments.of(document, new Set(tensors), feeds, runtime, { cross: true });
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
    for (const [moments, name, weight, rows, isTurned] of [
      [second.get(b)!, 'ra', 'b', 5, true],
      [third.get(c)!, 'rs', 'c', 3, true],
      [third.get(d)!, 'rs', 'd', 2, false],
    ] as const) {
      const [now, before] = [await rowsOf(document, name, feeds), await rowsOf(untouched, name, feeds)];
      expect(now).not.toEqual(before);
      expectNear(moments.second, meanOfProducts(now, now));
      expectNear(moments.cross!, meanOfProducts(now, before));
      const put = putOut(before, untouched.graph.initializers.get(weight)!, rows, isTurned);
      // What b puts out is added to what came in.
      const aim = weight === 'b' ? put.map((row, n) => row.map((value, i) => value + before[n][i] - now[n][i])) : put;
      expectNear(moments.aim.cross, meanOfProducts(now, aim));
      const means = [1, 2].map((power) =>
        Array.from({ length: rows }, (_, i) => aim.reduce((sum, row) => sum + row[i] ** power, 0) / aim.length),
      );
      expectNear(moments.aim.mean, means[0]);
      expectNear(moments.aim.power, means[1]);
    }
  });

  it('leaves products of both inputs out where they are not asked for', async () => {
    const document = residual();
    const tensors = ['a', 'b'].map((name) => document.graph.initializers.get(name)!);
    const path = await PathMoments.of(document, new Set(tensors), feedsOf([7, 6], 1), runtime);
    expect((await path.next(context)).get(tensors[0])!.cross).toBeNull();
  });

  it('measures means by themselves, also of layers that are too long for products', async () => {
    const walk = async () => {
      const document = residual();
      const tensors = ['a', 'b'].map((name) => document.graph.initializers.get(name)!);
      return { tensors, path: await PathMoments.of(document, new Set(tensors), feedsOf([7, 6], 3), runtime) };
    };
    const [whole, alone] = [await walk(), await walk()];
    for (const stage of [0, 1]) {
      const all = (await whole.path.next(context)).get(whole.tensors[stage])!;
      const means = (await alone.path.nextMeans(context)).get(alone.tensors[stage])!;
      expect(means).toMatchObject({
        rows: all.rows,
        columns: all.columns,
        mean: all.mean,
        aim: { mean: all.aim.mean },
      });
      for (const { tensors } of [whole, alone]) shake(tensors[stage]);
    }
    const long = buildDocument({
      inputs: [buildValue('x', ['N', 1600])],
      outputs: [buildValue('y', ['N', 3])],
      nodes: [createNode('MatMul', ['x', 'w'], ['y'])],
      initializers: [normalTensor('w', [1600, 3], 1)],
    });
    const weight = long.graph.initializers.get('w')!;
    const feeds = feedsOf([5, 1600], 1);
    const open = () => PathMoments.of(long, new Set([weight]), feeds, runtime);
    expect((await (await open()).next(context)).size).toBe(0);
    const { mean } = (await (await open()).nextMeans(context)).get(weight)!;
    const column = Array.from({ length: 1600 }, (_, i) =>
      [0, 1, 2, 3, 4].reduce((sum, n) => sum + feeds[0].x.data[n * 1600 + i] / 5, 0),
    );
    expectNear(mean, column);
  });

  it.each([
    ['at every position', 9, 1],
    ['at every second position of large maps', 347, 2],
  ])('measures convolutions of two groups and what their shortcut has lost, %s', async (_, size, stride) => {
    const document = convResidual(size);
    const [a, b] = ['a', 'b'].map((name) => document.graph.initializers.get(name)!);
    const original = a.toFloat32().slice();
    const maps = { batch: 2, channels: 8, groups: 2, size };
    const feeds = feedsOf([2, 8, size, size], 1);
    const path = await PathMoments.of(document, new Set([a, b]), feeds, runtime);
    await path.next(context);
    shake(a);
    const moments = (await path.next(context)).get(b)!;
    const [before, now] = [original, a.toFloat32()].map((w) => pointwise(feeds[0].x.data, w, 8, size * size));
    const aim = before.map((value, i) => value - now[i]);
    const weights = b.toFloat32();
    forPatches(maps, stride, (output, input, row, column) => {
      aim[output] += weights[row * 36 + column] * before[input];
    });
    const count = 2 * Math.ceil(size / stride) ** 2;
    const cross = new Array<number>(8 * 36).fill(0);
    forPatches(maps, stride, (output, input, row, column) => {
      cross[(Math.floor(row / 4) * 36 + column) * 4 + (row % 4)] += (now[input] * aim[output]) / count;
    });
    expectNear(moments.aim.cross, cross);
  });

  it('measures patches of a convolution behind another', async () => {
    const document = buildConvNet(3);
    const [w, fc] = ['conv.w', 'fc.w'].map((name) => document.graph.initializers.get(name)!);
    const path = await PathMoments.of(document, new Set([w, fc]), feedsOf([4, 3, 8, 8], 2), runtime, { cross: true });
    const conv = (await path.next(context)).get(w)!;
    expect(conv).toMatchObject({ groups: 1, rows: 4, columns: 27 });
    expect(conv.cross).toEqual(conv.second);
    w.setFloat32(w.toFloat32().map((value) => 2 * value));
    const dense = (await path.next(context)).get(fc)!;
    expect(dense.cross).not.toEqual(dense.second);
    expect(path.stages).toBe(2);
  });
});
