import { beforeAll, describe, expect, it } from 'vitest';
import { type AttributeValue, createNode, DataType, Document, Random } from '../../src/core/index.js';
import { syntheticInputs } from '../../src/evaluation/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor } from '../../src/runtime/runtime.js';
import { synthesisedInput, synthesiseInputs } from '../../src/synthesis/index.js';
import { buildConvNet, buildDocument, buildMlp, buildValue, floatTensor, normalTensor } from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode({ threads: 1 });
});

type Feed = Readonly<Record<string, RuntimeTensor>>;

/** Two convolutions whose batch normalizations store what stripes of a kind do to them, which noise does not. */
async function trainedOnStripes(): Promise<Document> {
  const pads: Record<string, AttributeValue> = { pads: { kind: 'ints', value: [1n, 1n, 1n, 1n] } };
  const norm = (name: string) => [`${name}.scale`, `${name}.bias`, `${name}.mean`, `${name}.var`];
  const vectors = (name: string) => [
    floatTensor(`${name}.scale`, [6], new Array(6).fill(1)),
    floatTensor(`${name}.bias`, [6], new Array(6).fill(0.1)),
    floatTensor(`${name}.mean`, [6], new Array(6).fill(0)),
    floatTensor(`${name}.var`, [6], new Array(6).fill(1)),
  ];
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 1, 10, 10])],
    outputs: [buildValue('y', ['N', 6])],
    nodes: [
      createNode('Conv', ['x', 'w1'], ['c1'], pads),
      createNode('BatchNormalization', ['c1', ...norm('n1')], ['b1']),
      createNode('Relu', ['b1'], ['r1']),
      createNode('Conv', ['r1', 'w2'], ['c2'], pads),
      createNode('BatchNormalization', ['c2', ...norm('n2')], ['b2']),
      createNode('GlobalAveragePool', ['b2'], ['g']),
      createNode('Flatten', ['g'], ['y']),
    ],
    initializers: [
      normalTensor('w1', [6, 1, 3, 3], 3, 0.4),
      normalTensor('w2', [6, 6, 3, 3], 4, 0.3),
      ...vectors('n1'),
      ...vectors('n2'),
    ],
  });
  for (const [layer, name] of [
    ['c1', 'n1'],
    ['c2', 'n2'],
  ]) {
    const { mean, variance } = channelStatistics((await readValue(document, layer, [stripes()]))[0]);
    document.graph.initializers.get(`${name}.mean`)!.setFloat32(mean);
    document.graph.initializers.get(`${name}.var`)!.setFloat32(variance);
  }
  return document;
}

function stripes(): Feed {
  const random = new Random(7);
  const data = new Float32Array(64 * 100);
  for (let n = 0; n < 64; n++) {
    const [phase, height] = [random.below(4), 0.5 + random.uniform()];
    for (let p = 0; p < 100; p++)
      data[n * 100 + p] = height * ((p + phase) % 4 < 2 ? 1.5 : -0.5) + 0.1 * random.normal();
  }
  return { x: { dataType: DataType.FLOAT, dims: [64, 1, 10, 10], data } };
}

async function readValue(document: Document, name: string, feeds: readonly Feed[]): Promise<RuntimeTensor[]> {
  const outputs = [{ name, dataType: DataType.FLOAT, dims: null }];
  const asked = Object.assign(new Document(), document, { graph: { ...document.graph, outputs } });
  const session = await runtime.load(modelBytes(asked));
  const found: RuntimeTensor[] = [];
  for (const feed of feeds) found.push((await session.run(feed))[name]);
  await session.release();
  return found;
}

function channelStatistics({ dims, data }: RuntimeTensor): { mean: Float32Array; variance: Float32Array } {
  const [batch, channels, ...space] = dims;
  const size = space.reduce((product, dim) => product * dim, 1);
  const mean = new Float32Array(channels);
  const variance = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const values = Array.from({ length: batch * size }, (_, i) =>
      Number(data[(Math.floor(i / size) * channels + c) * size + (i % size)]),
    );
    mean[c] = values.reduce((sum, value) => sum + value, 0) / values.length;
    variance[c] = values.reduce((sum, value) => sum + (value - mean[c]) ** 2, 0) / values.length;
  }
  return { mean, variance };
}

/** The loss, from its definition: mean over layers and channels. */
async function distanceOf(document: Document, feeds: readonly Feed[]): Promise<number> {
  let distance = 0;
  for (const [layer, name] of [
    ['c1', 'n1'],
    ['c2', 'n2'],
  ]) {
    const stored = (what: string) => document.graph.initializers.get(`${name}.${what}`)!.toFloat32();
    const [mu, sigma2] = [stored('mean'), stored('var')];
    const { mean, variance } = channelStatistics((await readValue(document, layer, feeds))[0]);
    for (let c = 0; c < 6; c++) {
      const spread = sigma2[c] + 1e-5;
      const ratio = Math.sqrt((variance[c] + 1e-5) / spread);
      distance += ((mean[c] - mu[c]) ** 2 / spread + (ratio - 1) ** 2) / 12;
    }
  }
  return distance;
}

describe('synthesiseInputs', () => {
  it('brings images to the statistics that batch normalization stores', async () => {
    const document = await trainedOnStripes();
    const before = modelBytes(document);
    const noise = await syntheticInputs(document, runtime, { count: 16, seed: 1 });
    const images = await synthesiseInputs(document, { count: 16, seed: 1 }, { runtime });
    expect(images!.map(({ x }) => x.dims)).toEqual([[16, 1, 10, 10]]);
    const [far, near] = [await distanceOf(document, noise), await distanceOf(document, images!)];
    expect(near).toBeLessThan(far / 10);
    // The oracle itself: what the statistics were taken from is at no distance.
    expect(await distanceOf(document, [stripes()])).toBeLessThan(1e-6);
    expect(Buffer.from(modelBytes(document)).equals(Buffer.from(before))).toBe(true);
  });

  it('reports the very distance that its definition gives', async () => {
    const document = await trainedOnStripes();
    const noise = await syntheticInputs(document, runtime, { count: 16, seed: 1 });
    const notes: string[] = [];
    const onProgress = ({ note }: { readonly note?: string }) => void notes.push(note ?? '');
    await synthesiseInputs(document, { count: 16, seed: 1, steps: 1 }, { runtime, onProgress });
    // It is written with two digits.
    const ratio = Number(notes[0].split(' ')[1]) / (await distanceOf(document, noise));
    expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
  });

  it('gives the same images for the same seed, others for another', async () => {
    const document = await trainedOnStripes();
    const make = async (seed: number) =>
      (await synthesiseInputs(document, { count: 8, seed, steps: 5 }, { runtime }))![0].x.data;
    expect(await make(1)).toEqual(await make(1));
    expect(await make(2)).not.toEqual(await make(1));
  });

  it('makes whole batches of one size, and leaves out what is left', async () => {
    const document = await trainedOnStripes();
    const counts = async (count: number, batch: number) =>
      (await synthesiseInputs(document, { count, seed: 1, steps: 1, batch }, { runtime }))!.map(({ x }) => x.dims[0]);
    expect(await counts(9, 4)).toEqual([9]);
    expect(await counts(10, 4)).toEqual([9]);
    expect(await counts(3, 4)).toEqual([3]);
  });

  it('takes fewer steps for fewer operations, and gives up where they are too few', async () => {
    const document = await trainedOnStripes();
    // 100 positions × (6 × 9 + 6 × 6 × 9) a sample
    const pass = 8 * 100 * (54 + 324);
    const stepsFor = async (operations: number) => {
      let steps = 0;
      const ports = { runtime, onProgress: () => void steps++ };
      const found = await synthesiseInputs(document, { count: 8, seed: 1, operations }, ports);
      return found && steps;
    };
    expect(await stepsFor(25.5 * pass)).toBe(25);
    expect(await stepsFor(19.5 * pass)).toBeNull();
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    const document = await trainedOnStripes();
    const run = synthesiseInputs(document, { count: 8, seed: 1 }, { runtime, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('synthesisedInput', () => {
  it('is the image of a model that stores statistics', () => {
    expect(synthesisedInput(buildConvNet())?.name).toBe('x');
  });

  it('is null without batch normalization, without images, and for one image at a time', () => {
    expect(synthesisedInput(buildMlp([3, 2]))).toBeNull();
    const fixed = buildConvNet();
    fixed.graph.inputs[0] = buildValue('x', [1, 3, 8, 8]);
    expect(synthesisedInput(fixed)).toBeNull();
    const computed = buildConvNet();
    computed.graph.initializers.delete('bn.var');
    expect(synthesisedInput(computed)).toBeNull();
    const two = buildConvNet();
    two.graph.inputs.push(buildValue('z', ['N', 3, 8, 8]));
    expect(synthesisedInput(two)).toBeNull();
  });
});
