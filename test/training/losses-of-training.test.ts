import { describe, expect, it } from 'vitest';
import { createNode, DataType, Random, SILENT } from '../../src/core/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { evaluateAccuracy, evaluateLanguage, evaluateSquaredError } from '../../src/evaluation/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Loss, TrainOptions } from '../../src/training/index.js';
import { train } from '../../src/training/train.js';
import { buildDocument, buildMlp, buildValue, int64Tensor, normalTensor } from '../helpers/build.js';
import { clouds, SHORT, trainClouds } from './tasks.js';

const TOKENS = 8;
const LENGTH = 12;

/** Each token is followed by the next one, 3 times in 4, or by any. */
function chains(length: number): Dataset {
  const random = new Random(4);
  const data = new Int32Array(length * LENGTH);
  for (let i = 0; i < data.length; i++) {
    const follows = i % LENGTH > 0 && random.uniform() < 0.75;
    data[i] = follows ? (data[i - 1] + 1) % TOKENS : random.below(TOKENS);
  }
  return {
    name: 'chains',
    length,
    labels: null,
    batch: (start, count) => ({
      dataType: DataType.INT32,
      dims: [count, LENGTH],
      data: data.slice(start * LENGTH, (start + count) * LENGTH),
    }),
  };
}

const ports = async (dataset: Dataset) => ({ runtime: await ortNode(), dataset, logger: SILENT, onProgress: () => {} });

describe('train', () => {
  it('teaches a language model the next token, without labels', async () => {
    const document = buildDocument({
      inputs: [buildValue('tokens', ['N', 'T'], DataType.INT32)],
      outputs: [buildValue('logits', ['N', 'T', TOKENS])],
      nodes: [createNode('Gather', ['table', 'tokens'], ['logits'])],
      initializers: [normalTensor('table', [TOKENS, TOKENS], 1, 0.1)],
    });
    const dataset = chains(400);
    const options = { epochs: 6, batch: 32, learningRate: 0.05, optimizer: { kind: 'adam' } } as const;
    const report = await train(document, options, await ports(dataset));
    expect(report.best?.score?.metric).toBe('loss');
    // The chain itself: 3/4 + 1/32 for the next token, 1/32 for each other one.
    const entropy = -(25 / 32) * Math.log(25 / 32) - (7 / 32) * Math.log(1 / 32);
    const { nll } = await evaluateLanguage(document, dataset, await ortNode());
    expect(nll).toBeGreaterThan(entropy - 0.05);
    expect(nll).toBeLessThan(entropy + 0.05);
  });

  describe('by numbers that samples come with', () => {
    const squares: Loss = { kind: 'mean-squared-error' };
    const crosses: Loss = { kind: 'binary-cross-entropy' };
    /** y = A x + b, A and b drawn. */
    function lines(length: number, outputs: number): Dataset {
      const random = new Random(6);
      const matrix = Array.from({ length: outputs * 13 }, () => random.normal());
      const points = clouds(length);
      const data = new Float32Array(length * outputs);
      for (let i = 0; i < data.length; i++) {
        const x = points.batch(Math.floor(i / outputs), 1).data as Float32Array;
        const row = matrix.slice(13 * (i % outputs), 13 * (i % outputs) + 13);
        data[i] = x.reduce((sum, value, k) => sum + value * row[k], row[12]);
      }
      return { ...points, labels: null, targets: { dims: [outputs], data } };
    }

    it('fits them, tells the error on what was kept back, and keeps the least one', async () => {
      const dataset = lines(600, 3);
      const document = buildMlp([12, 3]);
      const { mean: before } = await evaluateSquaredError(document, dataset, await ortNode());
      const options: TrainOptions = {
        ...SHORT,
        epochs: 20,
        optimizer: { kind: 'adam' },
        validation: 0.2,
        loss: squares,
      };
      const report = await train(document, options, await ports(dataset));
      const scores = report.epochs.map(({ score }) => score!);
      expect(scores[0]).toMatchObject({ metric: 'squared error', count: 120 });
      expect(report.best!.score!.value).toBe(Math.min(...scores.map(({ value }) => value)));
      const { mean: after, count } = await evaluateSquaredError(document, dataset, await ortNode());
      expect(count).toBe(600);
      expect(before).toBeGreaterThan(5);
      expect(after).toBeLessThan(0.01);
    });

    it('tells several classes at once', async () => {
      const numbers = lines(600, 3);
      const { data, dims } = numbers.targets!;
      const several = { ...numbers, targets: { dims, data: data.map((value) => (value > 0 ? 1 : 0)) } };
      const document = buildMlp([12, 3]);
      const report = await train(
        document,
        { ...SHORT, epochs: 20, learningRate: 0.05, optimizer: { kind: 'adam' }, loss: crosses },
        await ports(several),
      );
      expect(report.best!.score!.metric).toBe('loss');
      // Squares of logits would have it end early.
      expect(report.best!.epoch).toBeGreaterThan(10);
      const session = await (await ortNode()).load(modelBytes(document));
      const { y } = await session.run({ x: numbers.batch(0, 600) });
      await session.release();
      const right = Array.from(y.data as Float32Array).filter((value, i) => value > 0 === data[i] > 0).length;
      expect(right / data.length).toBeGreaterThan(0.95);
    });

    it('says what does not fit', async () => {
      const attempt = async (outputs: number, loss: Loss) =>
        train(buildMlp([12, 3]), { ...SHORT, loss }, await ports(lines(40, outputs)));
      await expect(attempt(2, squares)).rejects.toMatchObject({
        code: 'E_SHAPE',
        message: expect.stringContaining('has 3 numbers a sample but "clouds" has 2 [2]'),
      });
      await expect(attempt(3, { kind: 'cross-entropy' })).rejects.toMatchObject({
        code: 'E_OPTION',
        message: '"clouds" has no classes, but numbers; train by mean-squared-error or binary-cross-entropy',
      });
      const [runtime, other] = [await ortNode(), lines(40, 2)];
      await expect(evaluateSquaredError(buildMlp([12, 3]), other, runtime)).rejects.toMatchObject({ code: 'E_SHAPE' });
    });
  });

  it('teaches a model with random weights what another says, without labels', async () => {
    const { document } = await trainClouds();
    const unlabelled = { ...clouds(600), labels: null };
    const options = { ...SHORT, epochs: 6, fromScratch: true, loss: { kind: 'distillation' } } as const;
    const report = await train(document, options, await ports(unlabelled));
    expect(report.best).toBeNull();
    const { top1 } = await evaluateAccuracy(document, clouds(1000, 2), await ortNode());
    expect(top1).toBeGreaterThan(90);
  });

  it.each(['mean-squared-error', 'binary-cross-entropy'] as const)('by %s wants 1 at the label', async (kind) => {
    const learningRate = kind === 'mean-squared-error' ? 0.3 : 1;
    const { document } = await trainClouds({ ...SHORT, learningRate, loss: { kind } });
    const { top1 } = await evaluateAccuracy(document, clouds(1000, 2), await ortNode());
    expect(top1).toBeGreaterThan(85);
  });

  it.each(['cross-entropy', 'mean-squared-error', 'binary-cross-entropy'] as const)(
    'by %s says before the first step which label does not fit',
    async (kind) => {
      const dataset = clouds(100);
      for (const wrong of [10, -2, 1.5]) {
        const labels = Array.from(dataset.labels!, (label, i) => (i === 50 ? wrong : label));
        const onProgress = () => expect.unreachable();
        const training = trainClouds({ ...SHORT, loss: { kind } }, { dataset: { ...dataset, labels }, onProgress });
        await expect(training).rejects.toMatchObject({ code: 'E_SHAPE' });
        await expect(training).rejects.toThrow(`has 10 classes but sample 50 of "clouds" has label ${wrong}`);
      }
    },
  );

  it('refuses a token that the model has no class for', async () => {
    const document = buildDocument({
      inputs: [buildValue('tokens', ['N', 'T'], DataType.INT32)],
      outputs: [buildValue('logits', ['N', 'T', TOKENS - 1])],
      nodes: [createNode('Gather', ['table', 'tokens'], ['logits'])],
      initializers: [normalTensor('table', [TOKENS, TOKENS - 1])],
    });
    await expect(train(document, SHORT, await ports(chains(100)))).rejects.toThrow(/7 classes but there is a token 7/);
  });

  // Probabilities, probabilities without the axis, and logits.
  it.each([{ behind: ['Sigmoid'] }, { behind: ['Sigmoid', 'Flatten', 'Squeeze'] }, { behind: [] }])(
    'teaches one output to tell two classes: $behind',
    async ({ behind }) => {
      const document = buildMlp([12, 24, 1]);
      for (const [i, opType] of behind.entries()) {
        const before = i === 0 ? 'y' : `y${i}`;
        const inputs = opType === 'Squeeze' ? [before, 'axis'] : [before];
        document.graph.nodes.push(createNode(opType, inputs, [`y${i + 1}`]));
      }
      document.graph.initializers.set('axis', int64Tensor('axis', [1], [1]));
      const dims = behind.includes('Squeeze') ? ['N'] : ['N', 1];
      document.graph.outputs = [buildValue(behind.length > 0 ? `y${behind.length}` : 'y', dims)];
      const halves = (dataset: Dataset) => ({ ...dataset, labels: Array.from(dataset.labels!, (label) => label % 2) });
      const runtime = await ortNode();
      const before = await evaluateAccuracy(document, halves(clouds(1000, 2)), runtime);
      const loss = { kind: 'binary-cross-entropy' } as const;
      const report = await train(document, { ...SHORT, epochs: 6, loss }, await ports(halves(clouds(600))));
      const after = await evaluateAccuracy(document, halves(clouds(1000, 2)), runtime);
      expect(before.top1).toBeLessThan(70);
      expect(after.top1).toBeGreaterThan(90);
      expect(report.best!.score!.value).toBeGreaterThan(90);
    },
  );
});
