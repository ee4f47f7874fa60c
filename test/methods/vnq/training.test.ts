import { describe, expect, it } from 'vitest';
import { SILENT } from '../../../src/core/index.js';
import { loadKernels } from '../../../src/kernels/index.js';
import { type VnqOptions, vnqTraining } from '../../../src/methods/vnq/index.js';
import { pruneAndQuantize, startUnit } from '../../../src/methods/vnq/weights.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { type TrainOptions, type TrainPorts, train } from '../../../src/training/index.js';
import { expectSameBits } from '../../kernels/support.js';
import { cloudNet, clouds, MemoryCheckpoint, trainClouds, weightsOf } from '../../training/tasks.js';

const kernels = await loadKernels();
const runtime = await ortNode();

const LENGTH: TrainOptions = {
  epochs: 12,
  batch: 32,
  shard: 16,
  learningRate: 0.01,
  optimizer: { kind: 'adam' },
  schedule: { kind: 'linear' },
  keep: 'last',
  seed: 5,
};

/** Trains a net that knows the clouds already, unless told to forget. */
async function vnqClouds(options: VnqOptions = {}, more: TrainOptions = {}, ports: Partial<TrainPorts> = {}) {
  const { document } = await trainClouds();
  const matrices = [...document.graph.initializers.values()].filter(({ dims }) => dims.length === 2);
  const { parametrize, units } = vnqTraining(matrices, { samples: 540, ...options });
  const base = { runtime, dataset: clouds(600), logger: SILENT, onProgress: () => {} };
  const report = await train(document, { ...LENGTH, ...more, parametrize }, { ...base, ...ports });
  return { document, matrices, units, report };
}

describe('vnqTraining', () => {
  it('ends with three values a layer, most of them 0, and a net that still knows the clouds', async () => {
    const { document, matrices, units, report } = await vnqClouds();
    expect(document.graph.nodes).toEqual(cloudNet().graph.nodes);
    expect(report.epochs.at(-1)!.score!.value).toBeGreaterThan(90);
    let zeros = 0;
    let count = 0;
    for (const tensor of matrices) {
      const unit = units.get(tensor)!;
      const weights = tensor.toFloat32();
      expect(new Set(weights)).toEqual(new Set([-unit, 0, unit]));
      expect(unit).toBeGreaterThanOrEqual(Math.fround(0.05));
      zeros += weights.filter((weight) => weight === 0).length;
      count += weights.length;
    }
    expect(report.epochs.at(-1)!.figures).toMatchObject({ values: 5, zeros: zeros / count });
    const biases = [...document.graph.initializers.values()].filter(({ dims }) => dims.length === 1);
    expect(new Set(biases[0].toFloat32()).size).toBeGreaterThan(3);
  });

  it('has more levels where they are asked for, all of them multiples of one', async () => {
    const { matrices, units } = await vnqClouds({ levels: 3, corrected: true });
    const seen = matrices.flatMap((tensor) => [...new Set(tensor.toFloat32())].map((w) => w / units.get(tensor)!));
    for (const level of seen) expect(Math.abs(level - Math.round(level))).toBeLessThan(1e-6);
    expect(Math.max(...seen.map((level) => Math.abs(Math.round(level))))).toBe(3);
    expect(new Set(seen.map(Math.round)).size).toBeGreaterThan(5);
  });

  it('prunes more, the stronger the prior and the lower the threshold', async () => {
    const zerosOf = async (options: VnqOptions) => (await vnqClouds(options)).report.epochs.at(-1)!.figures!.zeros;
    const usual = await zerosOf({});
    expect(await zerosOf({ regularizer: 20 })).toBeGreaterThan(usual);
    expect(await zerosOf({ threshold: -6 })).toBeGreaterThan(usual);
  });

  it('begins with the scale that it is told', async () => {
    const unitOf = async (options: VnqOptions) => {
      const { figures } = (await vnqClouds({ scaleRate: 0, ...options }, { epochs: 1 })).report.epochs[0];
      return Object.entries(figures!).flatMap(([name, value]) => (name.startsWith('unit ') ? [value] : []));
    };
    for (const unit of await unitOf({ startScale: 0.3 })) expect(unit).toBe(Math.fround(0.3));
    for (const unit of await unitOf({ startScale: 0.3, levels: 3 })) expect(unit).toBe(Math.fround(0.1));
  });

  it('lets the prior climb: without its warm-up it is felt from the first step', async () => {
    const first = async (warmup: number) => (await vnqClouds({ warmup }, { epochs: 2 })).report.epochs[1].figures!;
    const [at, later] = [await first(0), await first(100)];
    expect(at.divergence).toBeLessThan(later.divergence);
  });

  it('counts every weight in each of its histograms, which it makes now and then', async () => {
    const { report, matrices } = await vnqClouds({}, { epochs: 40 });
    const all = report.epochs.flatMap(({ histograms }) => (histograms ? [histograms] : []));
    expect(all.length).toBeGreaterThan(14);
    expect(all.length).toBeLessThan(19);
    for (const histograms of all) {
      const sizes = Object.values(histograms).map((counts) => counts.reduce((a, b) => a + b));
      expect(sizes).toEqual(matrices.map(({ elementCount }) => elementCount));
    }
    expect(report.epochs.at(-1)!.histograms).toBeDefined();
  });

  it('begins with nothing where that is asked for, and needs no labels', async () => {
    const { report } = await vnqClouds({}, { fromScratch: true, epochs: 20 });
    expect(report.epochs.at(-1)!.score!.value).toBeGreaterThan(80);
    const { document: teacher } = await trainClouds();
    const told = { ...clouds(600), labels: null };
    const { document } = await vnqClouds({}, { loss: { kind: 'distillation' } }, { dataset: told, teacher });
    expect(new Set(weightsOf(document)).size).toBeLessThan(50);
  });

  it('ends after a cut with the bits of a training without one', async () => {
    const short = { epochs: 3, checkpointEvery: 7 };
    const whole = await vnqClouds({}, short);
    for (const cut of [3, 16, 33]) {
      const checkpoint = new MemoryCheckpoint();
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }) => done === cut && stop.abort();
      const first = await vnqClouds({}, short, { checkpoint, signal: stop.signal, onProgress });
      expect(new Set(first.matrices[0].toFloat32()).size).toBe(3);
      const second = await vnqClouds({}, short, { checkpoint });
      expect(second.report).toEqual({ ...whole.report, continuedAt: cut });
      expectSameBits(weightsOf(second.document), weightsOf(whole.document), `cut at ${cut}`);
    }
  });

  it('refuses options out of their range', () => {
    for (const [options, message] of [
      [{ levels: 0 }, /levels to be an integer between 1 and 4/],
      [{ threshold: 11 }, /threshold between -10 and 10/],
      [{ logVariance: -11 }, /logVariance between -10 and 1/],
      [{ warmup: -1 }, /warmup between 0/],
      [{ startScale: 0.04 }, /startScale between 0.05/],
    ] as const) {
      expect(() => vnqTraining([], { samples: 1, ...options })).toThrow(message);
    }
  });
});

describe('pruneAndQuantize', () => {
  it('makes 0 of what is uncertain, and the nearest level of what is not', () => {
    const weights = Float32Array.of(0.19, 0.29, -0.31, 5, -0.0001, 0.21, 0.21);
    const limit = 0.21 * 0.21 * Math.exp(2);
    const variances = Float32Array.of(1e-4, 1e-4, 1e-4, 1e-4, 1e-6, limit * 1.001, limit * 0.999);
    pruneAndQuantize(weights, variances, { unit: 0.2, levels: 1, threshold: 2 }, kernels);
    expect([...weights]).toEqual([0.2, 0.2, -0.2, 0.2, 0, 0, 0.2].map(Math.fround));
    const finer = Float32Array.of(0.29, -0.31, 5);
    pruneAndQuantize(finer, new Float32Array(3), { unit: 0.2, levels: 2, threshold: 2 }, kernels);
    expect([...finer]).toEqual([0.2, -0.4, 0.4].map(Math.fround));
  });
});

describe('startUnit', () => {
  it('is the mean of the larger half, and not below 0.05', () => {
    expect(startUnit(Float32Array.of(0.1, -0.5, 0.3, 0.02), 1, kernels)).toBeCloseTo(0.4, 6);
    expect(startUnit(Float32Array.of(0.001, 0.002), 1, kernels)).toBeCloseTo(0.05, 6);
    // Half of a Gaussian of three levels: the outermost at 3/2 of the mean.
    expect(3 * startUnit(Float32Array.of(0.1, -0.5, 0.3, 0.02), 3, kernels)).toBeCloseTo(0.6, 6);
  });
});
