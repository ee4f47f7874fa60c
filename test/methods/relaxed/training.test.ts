import { describe, expect, it } from 'vitest';
import { SILENT } from '../../../src/core/index.js';
import {
  quantizeLayerInputs,
  type RelaxedMethod,
  type RelaxedOptions,
  relaxedTraining,
} from '../../../src/methods/relaxed/index.js';
import { listWeights } from '../../../src/methods/weights.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { type TrainOptions, type TrainPorts, train } from '../../../src/training/index.js';
import { expectSameBits } from '../../kernels/support.js';
import { clouds, MemoryCheckpoint, trainClouds, weightsOf } from '../../training/tasks.js';

const runtime = await ortNode();
const DATASET = clouds(600);

const LENGTH: TrainOptions = {
  epochs: 6,
  batch: 32,
  shard: 16,
  learningRate: 0.01,
  optimizer: { kind: 'adam' },
  keep: 'last',
  seed: 5,
};

/** Trains a net that knows the clouds already. */
async function relaxedClouds(
  method: RelaxedMethod,
  options: RelaxedOptions = {},
  more: TrainOptions = {},
  ports: Partial<TrainPorts> = {},
) {
  const { document } = await trainClouds();
  const refs = listWeights(document, { roles: ['weight'] });
  const { activationBits = 32 } = options;
  const feeds = [{ [document.graph.inputs[0].name]: DATASET.batch(0, 64) }];
  const quantizers =
    activationBits === 32 ? [] : await quantizeLayerInputs(document, refs, activationBits, feeds, runtime);
  const { parametrize, code } = relaxedTraining(method, { weights: refs, quantizers }, options);
  const base = { runtime, dataset: DATASET, logger: SILENT, onProgress: () => {} };
  const trainable = [...document.graph.initializers.keys()].filter((name) => !/low|high/.test(name));
  const report = await train(document, { ...LENGTH, ...more, trainable, parametrize }, { ...base, ...ports });
  const weights = weightsOf(document);
  code();
  return { document, tensors: refs.map(({ tensor }) => tensor), weights, report, quantizers };
}

function levelsOf(tensor: { coding: unknown }): number[] {
  const { codes } = tensor.coding as { codes: Int16Array };
  return [...new Set(codes)].sort((a, b) => a - b);
}

describe('relaxedTraining', () => {
  it.each([
    ['srq', { bits: 2, activationBits: 3 }],
    ['srq', { bits: 3, dropBits: true }],
    ['srq', { bits: 3, through: 0, backward: 'all' }],
    ['rq', { bits: 3, activationBits: 4 }],
    ['rq', { bits: 4, hard: false, temperature: 2 }],
  ] as const)(
    'by %s %j ends with a grid for each tensor, and a net that still knows the clouds',
    async (method, options) => {
      const { document, tensors, weights, report } = await relaxedClouds(method, options);
      expect(report.epochs.at(-1)!.score!.value).toBeGreaterThan(90);
      for (const tensor of tensors) {
        expect(tensor.coding?.kind).toBe('grid');
        const levels = levelsOf(tensor);
        expect(levels[0]).toBeGreaterThanOrEqual(-(2 ** (options.bits - 1)));
        expect(levels.at(-1)).toBeLessThan(2 ** (options.bits - 1));
        expect(levels.length).toBeGreaterThan(2);
      }
      // Told as levels, the weights are what they were.
      expectSameBits(weightsOf(document), weights);
      expect(report.epochs.at(-1)!.figures!.width).toBeLessThanOrEqual(options.bits);
    },
  );

  it.each(['rq', 'srq'] as const)('by %s gives a tensor that is to be ternary −1, 0 and 1', async (method) => {
    const { tensors } = await relaxedClouds(method, { bits: 4, tensorBits: { w0: 'ternary' } });
    const levels = Object.fromEntries(tensors.map((tensor) => [tensor.name, levelsOf(tensor)]));
    expect(levels.w0).toEqual([-1, 0, 1]);
    expect(levels.w1.length).toBeGreaterThan(4);
  });

  it('learns fewer bits the more they cost, in masks and as the coder has it', async () => {
    const widthOf = async (options: RelaxedOptions) =>
      (await relaxedClouds('srq', { bits: 5, maskRate: 100, ...options })).report.epochs.at(-1)!.figures!.width;
    expect(await widthOf({ widths: 'tensor', price: 0 })).toBeGreaterThan(4);
    expect(await widthOf({ widths: 'tensor', price: 10 })).toBe(2);
    expect(await widthOf({ widths: 'tensor', price: 10, priceOf: 'coder' })).toBe(2);
  });

  it('closes classes one after another, the outermost first, so that the net can follow', async () => {
    const slowly = { bits: 6, maskRate: 20, widths: 'tensor', price: 0.1 } as const;
    const { report } = await relaxedClouds('srq', slowly, { epochs: 12 });
    const widths = report.epochs.map(({ figures }) => figures!.width);
    expect(widths[0]).toBeGreaterThan(5);
    expect(widths.at(-1)).toBeLessThan(3);
    widths.slice(1).forEach((width, i) => {
      expect(widths[i] - width, `${widths}`).toBeLessThanOrEqual(1);
    });
  });

  it('keeps levels of a learned width within the grid of so many bits', async () => {
    const { tensors, report } = await relaxedClouds('srq', { bits: 5, maskRate: 100, widths: 'tensor', price: 10 });
    expect(report.epochs.at(-1)!.figures!.width).toBe(2);
    for (const tensor of tensors) expect(levelsOf(tensor)).toEqual([-1, 0, 1]);
  });

  it('gives tensors the bits that are asked for', async () => {
    const { document } = await trainClouds();
    const [first, second] = listWeights(document, { roles: ['weight'] });
    const { tensors } = await relaxedClouds('srq', { bits: 2, tensorBits: { [second.name]: 5 } });
    expect(levelsOf(tensors[0]).length).toBeLessThanOrEqual(4);
    expect(levelsOf(tensors[1]).length).toBeGreaterThan(8);
    expect(() => relaxedTraining('srq', { weights: [first] }, { tensorBits: { nothing: 3 } })).toThrow(/"nothing"/);
  });

  it('learns steps of activations, which stay in the graph', async () => {
    const before = (await relaxedClouds('srq', { activationBits: 2 }, { epochs: 1, learningRate: 1e-9 })).quantizers;
    const { quantizers, document } = await relaxedClouds('srq', { activationBits: 2 });
    const change = quantizers[0].step.toFloat32()[0] / before[0].step.toFloat32()[0];
    expect(Math.abs(change - 1)).toBeGreaterThan(0.005);
    expect(document.graph.nodes.filter(({ opType }) => opType === 'Round')).toHaveLength(quantizers.length);
  });

  it('counts every number in each of its histograms', async () => {
    const { report, tensors } = await relaxedClouds('srq', {}, { epochs: 20 });
    const all = report.epochs.flatMap(({ histograms }) => (histograms ? [histograms] : []));
    expect(all.length).toBeGreaterThan(8);
    expect(all.length).toBeLessThan(13);
    for (const histograms of all) {
      const sizes = Object.values(histograms).map((counts) => counts.reduce((a, b) => a + b));
      expect(sizes).toEqual(tensors.map(({ elementCount }) => elementCount));
    }
  });

  it.each([
    ['srq', { bits: 4, widths: 'channel', priceOf: 'coder', price: 0.3, maskRate: 60, activationBits: 3 }],
    ['rq', { bits: 3, activationBits: 3 }],
  ] as const)('by %s %j ends after a cut with the bits of a training without one', async (method, options) => {
    const short = { epochs: 3, checkpointEvery: 7 };
    const whole = await relaxedClouds(method, options, short);
    const cut = 24;
    const checkpoint = new MemoryCheckpoint();
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === cut && stop.abort();
    const first = await relaxedClouds(method, options, short, { checkpoint, signal: stop.signal, onProgress });
    expect(levelsOf(first.tensors[0]).length).toBeLessThanOrEqual(2 ** options.bits);
    const second = await relaxedClouds(method, options, short, { checkpoint });
    expect(second.report).toEqual({ ...whole.report, continuedAt: cut });
    expectSameBits(second.weights, whole.weights);
    if ('widths' in options) {
      // Channels have widths of their own.
      const { width } = whole.report.epochs.at(-1)!.figures!;
      expect(width).toBeGreaterThan(2);
      expect(width).toBeLessThan(4);
    }
  });

  it('refuses options out of their range', () => {
    for (const [method, options, message] of [
      ['srq', { bits: 1 }, /bits to be an integer between 2 and 8/],
      ['srq', { activationBits: 9 }, /activationBits to be an integer between 2 and 8/],
      ['rq', { dropBits: true }, /srq/],
      ['rq', { temperature: 0 }, /temperature between 0.1/],
      ['srq', { spread: 3 }, /spread between 0.0625/],
    ] as const) {
      expect(() => relaxedTraining(method, { weights: [] }, options)).toThrow(message);
    }
  });
});
