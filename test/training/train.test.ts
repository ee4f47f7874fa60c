import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createNode,
  DataType,
  MemorySource,
  numberToHalf,
  type Progress,
  SILENT,
  Tensor,
} from '../../src/core/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { evaluateAccuracy } from '../../src/evaluation/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes, readModel } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { splitSamples } from '../../src/training/batches.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { FINETUNE_DEFAULTS, finetune } from '../../src/training/finetune.js';
import type { TrainOptions } from '../../src/training/options.js';
import { type TrainPorts, train } from '../../src/training/train.js';
import { scoreOf } from '../../src/training/validate.js';
import type { Parametrize } from '../../src/training/weight-parametrization.js';
import { buildValue } from '../helpers/build.js';
import { expectSameBits } from '../kernels/support.js';
import { cloudNet, clouds, MemoryCheckpoint, SHORT, trainClouds, weightsOf } from './tasks.js';

const MODELS = join(import.meta.dirname, '../../models');

/** Trains the shipped convnet, whose batch normalization has statistics that are far off. */
async function trainGlyphs(options: TrainOptions, ports: Partial<TrainPorts> = {}) {
  const path = join(MODELS, 'glyphs.onnx');
  const document = await new NodeIO().read(path);
  for (const [name, tensor] of document.graph.initializers) {
    if (name.includes('variance')) tensor.setFloat32(tensor.toFloat32().map((variance) => 9 * variance));
  }
  const dataset = await openDataset(join(MODELS, 'data/glyphs'), { model: path });
  const base = { runtime: await ortNode(), dataset, logger: SILENT, onProgress: () => {} };
  const short = { epochs: 1, batch: 32, learningRate: 1e-6, batchNorm: 'inference', seed: 5 } as const;
  return { document, dataset, report: await train(document, { ...short, ...options }, { ...base, ...ports }) };
}

describe('train', () => {
  it('learns what it is shown, and does well on what it was not', async () => {
    const { document, report } = await trainClouds();
    const runtime = await ortNode();
    const unseen = clouds(1000, 2);
    const before = await evaluateAccuracy(cloudNet(), unseen, runtime);
    const after = await evaluateAccuracy(document, unseen, runtime);
    expect(before.top1).toBeLessThan(40);
    expect(after.top1).toBeGreaterThan(90);
    expect(report.epochs.map(({ loss }) => loss)).toEqual([...report.epochs.map(({ loss }) => loss)].sort().reverse());
    expect(report.epochs.at(-1)?.score).toMatchObject({ metric: 'top-1 (%)', count: 60 });
  });

  it('gives the same bits twice, and others for another seed', async () => {
    const [one, two, other] = [await trainClouds(), await trainClouds(), await trainClouds({ ...SHORT, seed: 6 })];
    expectSameBits(weightsOf(two.document), weightsOf(one.document));
    expect(two.report).toEqual(one.report);
    expect(weightsOf(other.document)).not.toEqual(weightsOf(one.document));
  });

  it.each([
    ['sgd', { kind: 'sgd', momentum: 0.5, nesterov: false, weightDecay: 0.01 }, 0.1],
    ['adam', { kind: 'adam', weightDecay: 0.01 }, 0.005],
  ] as const)(
    'with %s ends after a cut with the bits of a training without one',
    async (_, optimizer, learningRate) => {
      const options = { ...SHORT, optimizer, learningRate, checkpointEvery: 7, clip: 1 };
      const whole = await trainClouds(options);
      for (const cut of [3, 16, 33, 45]) {
        const checkpoint = new MemoryCheckpoint();
        const stop = new AbortController();
        const onProgress = ({ done }: { done: number }) => done === cut && stop.abort();
        const first = await trainClouds(options, { checkpoint, signal: stop.signal, onProgress });
        expect(first.report).toMatchObject({ interrupted: true, steps: cut });
        const second = await trainClouds(options, { checkpoint });
        expect(second.report).toEqual({ ...whole.report, continuedAt: cut });
        expectSameBits(weightsOf(second.document), weightsOf(whole.document), `cut at ${cut}`);
      }
    },
  );

  it('goes on from a state of before the first step as if there were none', async () => {
    const checkpoint = new MemoryCheckpoint();
    const begun = await trainClouds(SHORT, { checkpoint, signal: AbortSignal.abort() });
    expect(begun.report).toMatchObject({ interrupted: true, steps: 0 });
    const told = async (ports: Partial<TrainPorts>) => {
      const progress: Progress[] = [];
      const { document, report } = await trainClouds(SHORT, { ...ports, onProgress: (now) => progress.push(now) });
      return { progress, report, weights: weightsOf(document) };
    };
    expect(await told({ checkpoint })).toEqual(await told({}));
  });

  it('gives back the best epoch on the validation split when it is cut off', async () => {
    const [atEnd, later] = [await cutAt(16), await cutAt(20)];
    expect(atEnd.report).toMatchObject({ interrupted: true, steps: 16, stepsPerEpoch: 16 });
    expect(later.report).toMatchObject({ interrupted: true, steps: 20, best: atEnd.report.epochs[0] });
    expectSameBits(weightsOf(later.document), weightsOf(atEnd.document));
    const none = await cutAt(20, { ...SHORT, validation: 0 });
    expect(none.report.best).toBeNull();
  });

  it('keeps the last of equal epochs, but the model as it came where that is asked for', async () => {
    const still = { ...SHORT, learningRate: 1e-9 };
    expect((await trainClouds(still)).report.best?.epoch).toBe(3);
    expect((await trainClouds({ ...still, neverWorse: true })).report.best?.epoch).toBe(0);
  });

  it('validates with statistics of batch normalization taken anew, as they will be written', async () => {
    const options = { reestimate: 256, validation: 0.2 };
    const { document, dataset, report } = await trainGlyphs(options);
    const { validation } = splitSamples(dataset.length, options.validation, 5);
    expect(report.best!.score).toEqual(await scoreOf(document, dataset, validation, await ortNode(), []));
    const { report: asTheyWere } = await trainGlyphs({ validation: 0.2 });
    expect(report.best!.score!.value).toBeGreaterThan(asTheyWere.best!.score!.value + 5);
  });

  it('takes statistics anew after a cut, too', async () => {
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 3 && stop.abort();
    const options = { reestimate: 256, neverWorse: true, learningRate: 0.01, epochs: 2 };
    const checkpoint = new MemoryCheckpoint();
    const cut = await trainGlyphs(options, { checkpoint, signal: stop.signal, onProgress });
    expect(cut.report).toMatchObject({ interrupted: true, steps: 3 });
    const { document, dataset } = cut;
    expect((await evaluateAccuracy(document, dataset, await ortNode())).top1).toBeGreaterThan(85);
    const [onward, whole] = [await trainGlyphs(options, { checkpoint }), await trainGlyphs(options)];
    expect(onward.report).toEqual({ ...whole.report, continuedAt: 3 });
    expectSameBits(weightsOf(onward.document), weightsOf(whole.document));
  });

  it('never ends worse than it began where that is asked for, also after a cut', async () => {
    const { document: good } = await trainClouds();
    const runtime = await ortNode();
    const ruin = async (options: TrainOptions, ports: Partial<TrainPorts> = {}) => {
      const document = readModel(new MemorySource(modelBytes(good)));
      const base = { runtime, dataset: clouds(600), logger: SILENT, onProgress: () => {} };
      return {
        document,
        report: await train(document, { ...SHORT, learningRate: 5, clip: 1, ...options }, { ...base, ...ports }),
      };
    };
    const spoilt = await ruin({});
    expect(spoilt.report.best?.epoch).toBeGreaterThan(0);
    expect(weightsOf(spoilt.document)).not.toEqual(weightsOf(good));

    const kept = await ruin({ neverWorse: true });
    expect(kept.report.best).toMatchObject({ epoch: 0, loss: null });
    expect(kept.report.best!.score!.value).toBeGreaterThan(spoilt.report.best!.score!.value);
    expectSameBits(weightsOf(kept.document), weightsOf(good));

    const checkpoint = new MemoryCheckpoint();
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 20 && stop.abort();
    await ruin({ neverWorse: true }, { checkpoint, signal: stop.signal, onProgress });
    const continued = await ruin({ neverWorse: true }, { checkpoint });
    expect(continued.report).toEqual({ ...kept.report, continuedAt: 20 });
    expectSameBits(weightsOf(continued.document), weightsOf(good));

    const better = await trainClouds({ ...SHORT, neverWorse: true });
    expect(better.report.best?.epoch).toBeGreaterThan(0);
  });

  it('as finetune is gentle, never worse, and needs no labels', async () => {
    const { document: good } = await trainClouds();
    const runtime = await ortNode();
    const base = { runtime, logger: SILENT, onProgress: () => {} };
    const tuned = readModel(new MemorySource(modelBytes(good)));
    const { recipe } = await finetune(tuned, { seed: 1 }, { ...base, dataset: clouds(600) });
    expect(recipe).toMatchObject({ ...FINETUNE_DEFAULTS, loss: { kind: 'cross-entropy' }, seed: 1 });
    const unseen = clouds(1000, 2);
    const [before, after] = [
      await evaluateAccuracy(good, unseen, runtime),
      await evaluateAccuracy(tuned, unseen, runtime),
    ];
    expect(after.top1).toBeGreaterThan(before.top1 - 0.5);

    const same = readModel(new MemorySource(modelBytes(good)));
    const report = await finetune(same, { epochs: 1 }, { ...base, dataset: { ...clouds(200), labels: null } });
    expect(report.recipe).toMatchObject({ loss: { kind: 'distillation' } });
    // Its own teacher agrees with it.
    expect(report.epochs[0].loss).toBeLessThan(1e-6);
  });

  it('refuses the checkpoint of another training, and a damaged one', async () => {
    const checkpoint = new MemoryCheckpoint();
    await trainClouds({ ...SHORT, checkpointEvery: 5 }, { checkpoint });
    expect(checkpoint.saves).toBe(9);
    await expect(trainClouds({ ...SHORT, learningRate: 0.2 }, { checkpoint })).rejects.toThrow(
      /learningRate 0.1, not 0.2/,
    );
    checkpoint.bytes![checkpoint.bytes!.length - 3] ^= 1;
    await expect(trainClouds(SHORT, { checkpoint })).rejects.toThrow(/checksum/);
  });

  it('refuses a checkpoint of other data of the same name and length, of another teacher, of another version', async () => {
    const options: TrainOptions = { ...SHORT, loss: { kind: 'distillation' } };
    const [data, teacher] = [clouds(600), cloudNet(3)];
    const checkpoint = new MemoryCheckpoint();
    await trainClouds({ ...options, checkpointEvery: 20 }, { checkpoint, teacher });
    const goesOn = (ports: Partial<TrainPorts>) => trainClouds(options, { checkpoint, teacher, ...ports });
    expect((await goesOn({})).report.continuedAt).toBe(40);

    const others: Record<string, Partial<TrainPorts>> = {
      'other samples': { dataset: { ...clouds(600, 4), labels: data.labels } },
      'one other label': {
        dataset: { ...data, labels: Array.from(data.labels!, (label, i) => (i === 7 ? 9 - label : label)) },
      },
      'no labels': { dataset: { ...data, labels: null } },
    };
    for (const [name, ports] of Object.entries(others)) {
      await expect(goesOn(ports), name).rejects.toThrow(/of a training with data "clouds, 600 samples, [0-9a-f]{8}"/);
    }
    await expect(goesOn({ teacher: cloudNet(4) })).rejects.toThrow(/of a training with teacher "[0-9a-f]{8}"/);
    await expect(trainClouds(options, { checkpoint })).rejects.toThrow(/with teacher "[0-9a-f]{8}", not null/);

    const { header, arrays } = decodeCheckpoint(checkpoint.bytes!, 'memory');
    const { recipe, ...rest } = header as { recipe: Record<string, unknown> };
    checkpoint.bytes = encodeCheckpoint({ header: { ...rest, recipe: { ...recipe, wring: '0.0.1' } }, arrays });
    await expect(goesOn({})).rejects.toThrow(/of a training with wring "0.0.1", not/);
  });

  it('stops at the first number that is none, saying what to do', async () => {
    const training = trainClouds({ ...SHORT, learningRate: 1e30 });
    await expect(training).rejects.toThrow(/^Step \d+: .*; lower the learning rate \(here 9.99e\+29\) or clip/);
    await expect(training).rejects.toMatchObject({ code: 'E_NOT_FINITE' });
  });

  it('says which weight is no number before the first step, unless weights are forgotten', async () => {
    const run = async (options: TrainOptions) => {
      const document = cloudNet();
      const weights = document.graph.initializers.get('w1')!;
      weights.setFloat32(weights.toFloat32().map((weight, i) => (i === 17 ? Number.NaN : weight)));
      const ports = { runtime: await ortNode(), dataset: clouds(600), logger: SILENT, onProgress: () => {} };
      return train(document, { ...SHORT, ...options }, ports);
    };
    await expect(run({})).rejects.toMatchObject({ code: 'E_NOT_FINITE' });
    await expect(run({})).rejects.toThrow(/^Tensor "w1": element 17 is NaN, expected a number/);
    expect((await run({ epochs: 1, fromScratch: true })).steps).toBe(16);
  });

  it('says which sample holds what is no number', async () => {
    const data = clouds(600);
    const dataset: Dataset = {
      ...data,
      batch: (start, count) => {
        const samples = data.batch(start, count);
        if (start <= 123 && 123 < start + count) samples.data[(123 - start) * 12 + 5] = Number.POSITIVE_INFINITY;
        return samples;
      },
    };
    const training = trainClouds({ ...SHORT, validation: 0 }, { dataset });
    await expect(training).rejects.toMatchObject({ code: 'E_NOT_FINITE' });
    await expect(training).rejects.toThrow(/^Step \d+: .*; sample 123 of "clouds" holds NaN or infinity/);
  });

  it('does not lay it on the learning rate where the model as it came overflows', async () => {
    const document = cloudNet();
    for (const name of ['w0', 'w1']) {
      const tensor = document.graph.initializers.get(name)!;
      tensor.setFloat32(tensor.toFloat32().map((weight) => 1e30 * weight));
    }
    const ports = { runtime: await ortNode(), dataset: clouds(600), logger: SILENT, onProgress: () => {} };
    const training = train(document, SHORT, ports);
    await expect(training).rejects.toThrow(/^Step 1: .*; no weight has changed yet, so the model is what overflows/);
  });

  it('refuses a model of half floats, whatever type it puts out, naming what is of them', async () => {
    const cast = (to: DataType) => ({ to: { kind: 'int', value: BigInt(to) } }) as const;
    const half = cloudNet();
    for (const [name, tensor] of half.graph.initializers) {
      const bits = Uint16Array.from(tensor.toFloat32(), numberToHalf);
      const { dims } = tensor;
      half.graph.initializers.set(name, new Tensor(name, DataType.FLOAT16, dims, new Uint8Array(bits.buffer)));
    }
    const [first] = half.graph.nodes;
    first.inputs[0] = 'half';
    half.graph.nodes.unshift(createNode('Cast', ['x'], ['half'], cast(DataType.FLOAT16)));
    half.graph.nodes.push(createNode('Cast', ['y'], ['z'], cast(DataType.FLOAT)));
    const ports = { runtime: await ortNode(), dataset: clouds(600), logger: SILENT, onProgress: () => {} };
    for (const output of [buildValue('z', ['N', 10]), buildValue('y', ['N', 10], DataType.FLOAT16)]) {
      half.graph.outputs = [output];
      await expect(train(half, SHORT, ports)).rejects.toMatchObject({ code: 'E_DATA_TYPE' });
      await expect(train(half, SHORT, ports)).rejects.toThrow(/"w0".* float16/);
    }
    // Weights of float32 whose products are put out as half floats.
    const mixed = cloudNet();
    mixed.graph.nodes.push(createNode('Cast', ['y'], ['z'], cast(DataType.FLOAT16)));
    mixed.graph.outputs = [buildValue('z', ['N', 10], DataType.FLOAT16)];
    await expect(train(mixed, SHORT, ports)).rejects.toThrow(/output "z" is float16, expected float32/);
  });

  it('clips gradients: a step goes the same way, but no farther than the norm that is stated', async () => {
    const [free, clipped] = [await firstStep({}), await firstStep({ clip: 0.01 })];
    // With momentum 0.9 of Nesterov the first step is 1.9 gradients long.
    expect(lengthOf(clipped)).toBeCloseTo(0.1 * 1.9 * 0.01, 6);
    expect(lengthOf(free)).toBeGreaterThan(2 * lengthOf(clipped));
    const factor = lengthOf(clipped) / lengthOf(free);
    clipped.forEach((change, i) => {
      expect(change).toBeCloseTo(factor * free[i], 6);
    });
    expectSameBits(Float32Array.from(await firstStep({ clip: 1e6 })), Float32Array.from(free));
  });

  it.each(['sgd', 'adam'] as const)(
    'with %s, decay takes its share of weights, and nothing of biases',
    async (kind) => {
      const plain = await firstStep({ optimizer: { kind } });
      const decayed = await firstStep({ optimizer: { kind, weightDecay: 0.5 } });
      const weights = weightsOf(cloudNet());
      const biases = new Set(['b0', 'b1']);
      let i = 0;
      for (const [name, { elementCount }] of cloudNet().graph.initializers) {
        for (let end = i + elementCount; i < end; i++) {
          const expected = biases.has(name) ? 0 : -0.1 * 0.5 * weights[i];
          expect(decayed[i] - plain[i], name).toBeCloseTo(expected, 5);
        }
      }
    },
  );

  it('leaves frozen constants as they are', async () => {
    const { document, report } = await trainClouds({ ...SHORT, freeze: ['w0', 'b1'] });
    const original = cloudNet();
    const changed = [...document.graph.initializers.keys()].filter((name) => {
      const [now, then] = [document, original].map(({ graph }) => graph.initializers.get(name)!.bytes());
      return Buffer.compare(now, then) !== 0;
    });
    expect(changed).toEqual(['b0', 'w1']);
    expect(report.parameterCount).toBe(24 + 240);
    await expect(trainClouds({ ...SHORT, freeze: ['w9'] })).rejects.toThrow(/Cannot freeze "w9".*w0, b0, w1, b1/);
  });

  it.each<[string, object]>([
    ['epochs', { epochs: 0 }],
    ['epochs', { epochs: null }],
    ['batch', { batch: 1.5 }],
    ['batch', { batch: null }],
    ['shard', { shard: 0 }],
    ['checkpointEvery', { checkpointEvery: null }],
    ['learningRate', { learningRate: -1 }],
    ['validation', { validation: 1 }],
    ['validation', { validation: Number.NaN }],
    ['clip', { clip: 0 }],
    ['seed', { seed: -1 }],
    ['batchNorm', { batchNorm: 'stored' }],
    ['keep', { keep: 'first' }],
    ['optimizer.kind', { optimizer: { kind: 'lion' } }],
    ['optimizer.momentum', { optimizer: { kind: 'sgd', momentum: 1 } }],
    ['optimizer.momentum', { optimizer: { kind: 'sgd', momentum: Number.NaN } }],
    ['optimizer.weightDecay', { optimizer: { kind: 'sgd', weightDecay: -1 } }],
    ['optimizer.beta1', { optimizer: { kind: 'adam', beta1: -0.1 } }],
    ['optimizer.beta2', { optimizer: { kind: 'adam', beta2: 1 } }],
    ['optimizer.epsilon', { optimizer: { kind: 'adam', epsilon: 0 } }],
    ['schedule.kind', { schedule: { kind: 'sine' } }],
    ['schedule.warmup', { schedule: { kind: 'linear', warmup: -1 } }],
    ['schedule.at', { schedule: { kind: 'step' } }],
    ['schedule.at', { schedule: { kind: 'step', at: [0.5, 2] } }],
    ['schedule.factor', { schedule: { kind: 'step', at: [0.5], factor: Number.NaN } }],
    ['loss.kind', { loss: { kind: 'hinge' } }],
    ['augmentation.pad', { augmentation: { pad: 0.5 } }],
    ['augmentation.mix', { augmentation: { mix: 1.5 } }],
  ])('refuses what %s cannot be before anything is done: %o', async (name, wrong) => {
    const training = trainClouds({ ...SHORT, ...wrong });
    await expect(training).rejects.toMatchObject({ code: 'E_OPTION' });
    await expect(training).rejects.toThrow(`Expected ${name} to be`);
  });

  it('refuses what the data cannot give', async () => {
    // A mixed image has no label.
    await expect(trainClouds({ augmentation: { mix: 0.5 } })).rejects.toMatchObject({ code: 'E_OPTION' });
    const unlabelled = { ...clouds(100), labels: null };
    await expect(trainClouds(SHORT, { dataset: unlabelled })).rejects.toThrow(/no labels; train by distillation/);
  });

  it('begins anew from scratch: the result does not depend on the weights before', async () => {
    const runtime = await ortNode();
    const results = [];
    for (const seed of [1, 2]) {
      const document = cloudNet(seed);
      const ports = { runtime, dataset: clouds(300), logger: SILENT, onProgress: () => {} };
      await train(document, { ...SHORT, epochs: 1, fromScratch: true }, ports);
      results.push(weightsOf(document));
    }
    expectSameBits(results[1], results[0]);
  });
});

/**
 * w = μ + s: two parameters a weight, so that each has the gradient of the weight. Half of the μ are fixed; of the final
 * weights every one is rounded to a sixteenth.
 */
const summed: Parametrize = (store) => {
  const n = store.weights.length;
  const { memory } = store;
  const [parameters, gradients, mask] = [memory.floats(2 * n), memory.floats(2 * n), memory.bytes(n)];
  parameters.view(0, n).set(store.weights.view());
  mask.view().set(Uint8Array.from({ length: n }, (_, i) => i % 2));
  const sum = (i: number) => parameters.view()[i] + parameters.view()[n + i];
  return {
    parameters,
    gradients,
    groups: [
      { offset: 0, length: n, decay: true, rate: 1, mask },
      { offset: n, length: n, decay: false, rate: 0, mask: null },
    ],
    state: [],
    sample: () => store.weights.view().set(Float32Array.from({ length: n }, (_, i) => sum(i))),
    backward: () => {
      gradients.view(0, n).set(store.gradients.view());
      gradients.view(n).set(store.gradients.view());
    },
    harden: () => store.weights.view().set(Float32Array.from({ length: n }, (_, i) => Math.round(16 * sum(i)) / 16)),
  };
};

describe('a weight parametrization', () => {
  const options: TrainOptions = { ...SHORT, parametrize: summed, optimizer: { kind: 'sgd', weightDecay: 0.1 } };

  it('stands between weights and optimizer: what it fixes stays, what it hardens is written', async () => {
    const { document, report } = await trainClouds(options);
    expect(report.epochs.at(-1)?.score?.value).toBeGreaterThan(60);
    const [before, after] = [weightsOf(cloudNet()), weightsOf(document)];
    // Every tensor begins at a multiple of 16, so that odd and even stay what they are.
    const rounded = before.map((weight) => Math.round(16 * weight) / 16);
    expect(after.every((weight) => weight * 16 === Math.round(weight * 16))).toBe(true);
    expect(after.filter((_, i) => i % 2 === 0)).toEqual(rounded.filter((_, i) => i % 2 === 0));
    expect(after.filter((weight, i) => i % 2 === 1 && weight !== rounded[i]).length).toBeGreaterThan(50);
  });

  it('goes on from a checkpoint too', async () => {
    const [whole, checkpoint] = [await trainClouds(options), new MemoryCheckpoint()];
    await cutAt(21, options, checkpoint);
    const { document } = await trainClouds(options, { checkpoint });
    expectSameBits(weightsOf(document), weightsOf(whole.document));
  });
});

/** How far each weight goes in one step over all samples at a rate of 0.1. */
async function firstStep(options: TrainOptions): Promise<number[]> {
  const whole = { epochs: 1, batch: 600, shard: 600, validation: 0, learningRate: 0.1 };
  const [before, after] = [weightsOf(cloudNet()), weightsOf((await trainClouds({ ...whole, ...options })).document)];
  return Array.from(after, (weight, i) => weight - before[i]);
}

function lengthOf(changes: readonly number[]): number {
  return Math.sqrt(changes.reduce((sum, change) => sum + change * change, 0));
}

/** A training that is stopped after some steps. */
function cutAt(step: number, options: TrainOptions = SHORT, checkpoint?: MemoryCheckpoint) {
  const stop = new AbortController();
  const onProgress = ({ done }: Progress) => done === step && stop.abort();
  return trainClouds(options, { signal: stop.signal, onProgress, ...(checkpoint ? { checkpoint } : {}) });
}
