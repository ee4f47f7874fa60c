import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, halfToNumber, Random, Tensor, WringError } from '../../src/core/index.js';
import { syntheticInputs } from '../../src/evaluation/index.js';
import { paintImage } from '../../src/evaluation/synthetic-image.js';
import { NodeIO } from '../../src/io/node-io.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor } from '../../src/runtime/runtime.js';
import {
  buildConvNet,
  buildDocument,
  buildMlp,
  buildValue,
  floatTensor,
  int64Tensor,
  normalTensor,
} from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode();
});

const make = (document: Document, count = 4, seed = 1) => syntheticInputs(document, runtime, { count, seed });

/** tokens [N, T] → rows of a table; its outputs are the rows. */
function tableModel(values: Float32Array, size: number, type: number = DataType.INT64): Document {
  return buildDocument({
    inputs: [buildValue('tokens', ['N', 'T'], type)],
    outputs: [buildValue('logits', ['N', 'T', values.length / size])],
    nodes: [
      createNode('Cast', ['tokens'], ['wide'], { to: { kind: 'int', value: BigInt(DataType.INT64) } }),
      createNode('Gather', ['table', 'wide'], ['logits']),
    ],
    initializers: [Tensor.fromFloat32('table', [size, values.length / size], values)],
  });
}

function spread(values: ArrayLike<number>): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    squares += values[i] ** 2;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(squares / values.length - mean ** 2) };
}

describe('syntheticInputs', () => {
  it('gives the same for the same seed, and something else for another', async () => {
    expect(await make(buildConvNet())).toEqual(await make(buildConvNet()));
    expect(await make(buildConvNet(), 4, 2)).not.toEqual(await make(buildConvNet()));
  });

  it('respects fixed sizes, fills free ones, and rounds up to a fixed batch', async () => {
    const model = (dims: (number | string | null)[]) =>
      buildDocument({
        inputs: [buildValue('x', dims)],
        outputs: [buildValue('y', dims)],
        nodes: [createNode('Identity', ['x'], ['y'])],
      });
    const shapes = async (dims: (number | string | null)[], count: number) =>
      (await make(model(dims), count)).map(({ x }) => [...x.dims]);
    expect(await shapes(['N', 3, 8, 8], 5)).toEqual([[5, 3, 8, 8]]);
    expect(await shapes([null, 8, 8, 3], 5)).toEqual([[5, 8, 8, 3]]);
    expect(await shapes([2, 7], 5)).toEqual([
      [2, 7],
      [2, 7],
      [2, 7],
    ]);
    expect(await shapes(['N', 'T', 7], 5)).toEqual([[5, 32, 7]]);
    expect(await shapes([7], 1)).toEqual([[7]]);
  });

  it('gives fewer samples a run, and fewer in all, where samples are large', async () => {
    const model = buildDocument({
      inputs: [buildValue('x', ['N', 480_000], DataType.UINT8)],
      outputs: [buildValue('y', ['N', 480_000], DataType.UINT8)],
      nodes: [createNode('Identity', ['x'], ['y'])],
    });
    const feeds = await make(model, 64);
    expect(feeds.length).toBeGreaterThanOrEqual(4);
    expect(feeds.length).toBeLessThan(16);
    for (const { x } of feeds) expect(x.dims).toEqual([1, 480_000]);
  });

  it('makes every input of a model, each of its type', async () => {
    const inputs = [
      buildValue('half', ['N', 2], DataType.FLOAT16),
      buildValue('double', ['N', 2], DataType.DOUBLE),
      buildValue('flag', ['N', 2], DataType.BOOL),
      buildValue('byte', ['N', 2], DataType.UINT8),
      buildValue('attention_mask', ['N', 4], DataType.INT64),
      buildValue('position_ids', ['N', 4], DataType.INT32),
    ];
    const model = buildDocument({
      inputs,
      outputs: inputs.map(({ name, dims, dataType }) => buildValue(`${name}.out`, dims!, dataType!)),
      nodes: inputs.map(({ name }) => createNode('Identity', [name], [`${name}.out`])),
    });
    const [feed] = await make(model, 3);
    expect(Object.keys(feed)).toEqual(inputs.map(({ name }) => name));
    expect([...feed.half.data].map((bits) => halfToNumber(Number(bits))).every(Number.isFinite)).toBe(true);
    expect(feed.double.data).toBeInstanceOf(Float64Array);
    expect(Math.max(...(feed.flag.data as Uint8Array))).toBeLessThanOrEqual(1);
    expect(feed.attention_mask.data).toEqual(BigInt64Array.from({ length: 12 }, () => 1n));
    expect(feed.position_ids.data).toEqual(Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
  });

  it('keeps tokens below the table that they look up, and uses much of it', async () => {
    for (const type of [DataType.INT32, DataType.INT64]) {
      const feeds = await make(tableModel(new Float32Array(300).fill(1), 300, type), 64);
      const seen = new Set(feeds.flatMap(({ tokens }) => Array.from(tokens.data as Int32Array, Number)));
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...seen)).toBeLessThan(300);
      expect(seen.size).toBeGreaterThan(150);
    }
  });

  it('finds the vocabulary of one-hot codes, spelled as OneHot or as Equal', async () => {
    const dims = ['N', 'T'];
    const oneHot = buildDocument({
      inputs: [buildValue('x', dims, DataType.INT64)],
      outputs: [buildValue('y', [...dims, 5])],
      nodes: [createNode('OneHot', ['x', 'depth', 'values'], ['y'])],
      initializers: [int64Tensor('depth', [], [5]), floatTensor('values', [2], [0, 1])],
    });
    const equal = buildDocument({
      inputs: [buildValue('x', dims, DataType.INT64)],
      outputs: [buildValue('y', [...dims, 6], DataType.BOOL)],
      nodes: [createNode('Unsqueeze', ['x', 'axis'], ['column']), createNode('Equal', ['column', 'all'], ['y'])],
      initializers: [int64Tensor('axis', [1], [2]), int64Tensor('all', [1, 1, 6], [0, 1, 2, 3, 4, 5])],
    });
    const largest = async (document: Document) =>
      Math.max(...Array.from((await make(document, 32))[0].x.data as BigInt64Array, Number));
    expect(await largest(oneHot)).toBe(4);
    expect(await largest(equal)).toBe(5);
  });

  it('lets a language model write its own text', async () => {
    // After token k the model expects k + 1, or with one chance in e¹⁰⁰⁰ another.
    const size = 11;
    const certain = new Float32Array(size * size);
    for (let k = 0; k < size; k++) certain[k * size + ((k + 1) % size)] = 1000;
    const [{ tokens }] = await make(tableModel(certain, size), 8);
    const [batch, length] = tokens.dims;
    for (let n = 0; n < batch; n++) {
      for (let t = 0; t + 1 < length; t++) {
        expect(Number(tokens.data[n * length + t + 1])).toBe((Number(tokens.data[n * length + t]) + 1) % size);
      }
    }
  });

  it('draws text with the shares that the model gives', async () => {
    // Whatever came before, token 0 has one half, 1 and 2 one quarter.
    const row = [Math.log(0.5), Math.log(0.25), Math.log(0.25)];
    const feeds = await make(tableModel(Float32Array.from([...row, ...row, ...row]), 3), 64);
    const counts = [0, 0, 0];
    for (const { tokens } of feeds) {
      const length = tokens.dims[1];
      tokens.data.forEach((token: number | bigint, i: number) => {
        if (i % length > 0) counts[Number(token)]++;
      });
    }
    const total = counts.reduce((a, b) => a + b);
    // Five standard errors.
    expect(Math.abs(counts[0] / total - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(total));
    expect(Math.abs(counts[1] / total - 0.25)).toBeLessThan((5 * 0.44) / Math.sqrt(total));
  });

  it('reads scale and offset of images out of the first batch normalization', async () => {
    for (const [scale, offset] of [
      [1, 0],
      [0.25, 0.5],
      [60, 120],
    ]) {
      const model = buildConvNet();
      await setRunningStatistics(model, scale, offset);
      const [{ x }] = await make(model, 64);
      const { mean, deviation } = spread(x.data as Float32Array);
      expect(deviation / scale).toBeGreaterThan(0.7);
      expect(deviation / scale).toBeLessThan(1.4);
      expect(Math.abs(mean - offset) / scale).toBeLessThan(0.7);
    }
  });

  it('gives raw bytes to a network that hardly sees anything smaller', async () => {
    const model = (bias: number) =>
      buildDocument({
        inputs: [buildValue('x', ['N', 3, 8, 8])],
        outputs: [buildValue('y', ['N', 4])],
        nodes: [
          createNode('Conv', ['x', 'w', 'b'], ['c']),
          createNode('Relu', ['c'], ['r']),
          createNode('GlobalAveragePool', ['r'], ['g']),
          createNode('Flatten', ['g'], ['y']),
        ],
        initializers: [normalTensor('w', [4, 3, 3, 3], 1, 0.2), floatTensor('b', [4], [bias, bias, bias, bias])],
      });
    const largest = async (bias: number) => Math.max(...((await make(model(bias), 16))[0].x.data as Float32Array));
    expect(await largest(100)).toBeGreaterThan(200);
    expect(await largest(0)).toBeLessThan(10);
  });

  it('says in one line what it cannot run or make', async () => {
    const withdrawn = buildDocument({
      inputs: [buildValue('x', [1, 3, 8, 8])],
      outputs: [buildValue('y', [1, 3, 8, 8])],
      nodes: [createNode('NoSuchOperator', ['x'], ['y'])],
    });
    await expect(make(withdrawn)).rejects.toMatchObject({
      code: 'E_RUNTIME',
      message: expect.not.stringMatching(/\n/),
    });
    const strings = buildDocument({
      inputs: [buildValue('words', ['N'], DataType.STRING)],
      outputs: [buildValue('y', ['N'], DataType.STRING)],
      nodes: [createNode('Identity', ['words'], ['y'])],
    });
    await expect(make(strings)).rejects.toMatchObject({
      code: 'E_UNSUPPORTED',
      message: expect.stringContaining('words'),
    });
  });

  it('needs no more of a runtime than its port', async () => {
    const loaded: string[] = [];
    const port: Runtime = {
      name: 'fake',
      version: '0',
      load: async () => {
        loaded.push('load');
        return {
          inputs: [{ name: 'x', dataType: DataType.FLOAT, dims: ['N', 3] }],
          outputs: [],
          run: () => Promise.reject(new WringError('E_RUNTIME', 'not to be run')),
          release: async () => void loaded.push('release'),
        };
      },
    };
    const feeds = await syntheticInputs(buildMlp([3, 2]), port, { count: 2, seed: 1 });
    expect(feeds.map(({ x }: Record<string, RuntimeTensor>) => x.dims)).toEqual([[2, 3]]);
    expect(loaded).toEqual(['load', 'release']);
  });

  it.skipIf(!existsSync('../shared/data/models'))(
    'finds the order of magnitude of models beside the project',
    async () => {
      // True deviation of the inputs: that of the data set after preprocessing.
      for (const [name, deviation] of [
        ['resnet20-cifar10-bn', 1.12],
        ['smallcnn-bn-fashion', 0.99],
        ['kws-dscnn-bn', 9.1],
        ['resnet8-mlperf-cifar10', 64.5],
        ['lenet5-caffe-mnist', 0.94],
      ] as const) {
        const [feed] = await make(await new NodeIO().read(`../shared/data/models/${name}.onnx`), 16);
        const found = spread(Object.values(feed)[0].data as Float32Array).deviation;
        expect(found / deviation, name).toBeGreaterThan(1 / 2);
        expect(found / deviation, name).toBeLessThan(2);
      }
    },
  );
});

describe('paintImage', () => {
  const images = Array.from({ length: 200 }, (_, i) => paintImage(3, 32, 32, new Random(i)));

  it('has about unit spread around zero', () => {
    const { mean, deviation } = spread(images.flatMap((image) => [...image]));
    expect(Math.abs(mean)).toBeLessThan(0.2);
    expect(deviation).toBeGreaterThan(0.75);
    expect(deviation).toBeLessThan(1.35);
  });

  it('is smooth as natural images are: neighbours are alike, and channels are', () => {
    const correlation = (of: (image: Float32Array, p: number) => [number, number]) => {
      let [xy, xx, yy] = [0, 0, 0];
      for (const image of images) {
        for (let p = 0; p < 31 * 32; p++) {
          const [x, y] = of(image, p);
          xy += x * y;
          xx += x * x;
          yy += y * y;
        }
      }
      return xy / Math.sqrt(xx * yy);
    };
    const near = correlation((image, p) => [image[p], image[p + 32]]);
    const far = correlation((image, p) => [image[p % 512], image[(p % 512) + 16 * 32]]);
    expect(near).toBeGreaterThan(0.6);
    expect(near).toBeGreaterThan(far + 0.2);
    expect(correlation((image, p) => [image[p], image[p + 1024]])).toBeGreaterThan(0.5);
  });
});

/** Sets the running statistics to those that images of this scale and offset have. */
async function setRunningStatistics(model: Document, scale: number, offset: number): Promise<void> {
  const probe = buildConvNet();
  probe.graph.nodes.length = 1;
  probe.graph.outputs = [buildValue('c', null as never)];
  const { modelBytes } = await import('../../src/onnx/index.js');
  const session = await runtime.load(modelBytes(probe));
  const random = new Random(77);
  const images = Array.from({ length: 64 }, () => paintImage(3, 8, 8, random));
  const data = Float32Array.from(images.flatMap((image) => Array.from(image, (value) => scale * value + offset)));
  const { c } = await session.run({ x: { dataType: DataType.FLOAT, dims: [64, 3, 8, 8], data } });
  await session.release();
  const values = c.data as Float32Array;
  const channels = [0, 1, 2, 3].map((channel) => spread(values.filter((_, i) => Math.floor(i / 64) % 4 === channel)));
  const { initializers } = model.graph;
  initializers.get('bn.mean')!.setFloat32(Float32Array.from(channels, ({ mean }) => mean));
  initializers.get('bn.var')!.setFloat32(Float32Array.from(channels, ({ deviation }) => deviation ** 2));
}
