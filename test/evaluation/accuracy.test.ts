import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Dimension, type Document, type Progress, Random } from '../../src/core/index.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { evaluateAccuracy, evaluateLanguage, wilsonInterval } from '../../src/evaluation/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { buildDocument, buildValue, floatTensor } from '../helpers/build.js';
import { datasetOf, floats, int64s } from './datasets.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode();
});

/** The scores are the samples, flattened. */
function identity(dims: readonly Dimension[], inputType: DataTypeOf = DataType.FLOAT): Document {
  return buildDocument({
    inputs: [buildValue('x', dims, inputType)],
    outputs: [buildValue('y', [null, null])],
    nodes: [
      createNode('Cast', ['x'], ['f'], { to: { kind: 'int', value: BigInt(DataType.FLOAT) } }),
      createNode('Flatten', ['f'], ['y']),
    ],
  });
}
type DataTypeOf = number;

describe('evaluateAccuracy', () => {
  it('counts what a sort of the scores counts, with any batch', async () => {
    const [count, classes] = [37, 9];
    const random = new Random(1);
    const scores = Array.from({ length: count * classes }, () => Math.round(4 * random.normal()));
    const labels = Array.from({ length: count }, () => random.below(classes));
    const ranks = labels.map((label, n) => {
      const row = scores.slice(n * classes, (n + 1) * classes).map((score, k) => ({ score, k }));
      return row.sort((a, b) => b.score - a.score || a.k - b.k).findIndex(({ k }) => k === label);
    });
    const top1 = ranks.filter((rank) => rank === 0).length;
    const top5 = ranks.filter((rank) => rank < 5).length;
    for (const batch of ['N', 1, 5, 64]) {
      const found = await evaluateAccuracy(
        identity([batch, classes]),
        datasetOf(floats([count, classes], ...scores), labels),
        runtime,
      );
      expect(found.count).toBe(count);
      expect(found.top1).toBeCloseTo((100 * top1) / count, 10);
      expect(found.top5).toBeCloseTo((100 * top5) / count, 10);
      expect(found.interval.map((x) => x / 100)).toEqual(wilsonInterval(top1, count).map((x) => expect.closeTo(x, 10)));
    }
  });

  it('takes a single score for that of class 1: above 1/2 of a probability, above 0 of a logit', async () => {
    const logits = identity(['N', 1]);
    const probabilities = identity(['N', 1]);
    probabilities.graph.nodes.push(createNode('Sigmoid', ['y'], ['p']), createNode('Identity', ['p'], ['q']));
    probabilities.graph.outputs = [buildValue('q', ['N', 1])];
    const scores = floats([4, 1], -2, 0.4, 3, -0.1);
    for (const document of [logits, probabilities]) {
      expect((await evaluateAccuracy(document, datasetOf(scores, [0, 1, 1, 0]), runtime)).top1).toBe(100);
      expect((await evaluateAccuracy(document, datasetOf(scores, [1, 1, 0, 0]), runtime)).top1).toBe(50);
      const third = evaluateAccuracy(document, datasetOf(scores, [0, 1, 2, 0]), runtime);
      await expect(third).rejects.toMatchObject({ code: 'E_SHAPE' });
    }
  });

  it('takes the first of equal scores, and no score that is not a number', async () => {
    const scores = [5, 5, 1, Number.NaN, 1, 0, 0, 0, Number.NaN];
    const at = async (labels: number[]) =>
      (await evaluateAccuracy(identity(['N', 3]), datasetOf(floats([3, 3], ...scores), labels), runtime)).top1;
    expect(await at([0, 1, 0])).toBeCloseTo(100 / 3, 10);
    expect(await at([1, 1, 0])).toBe(0);
    expect(await at([1, 0, 2])).toBe(0);
  });

  it('takes the output asked for, else the first of floats', async () => {
    const model = buildDocument({
      inputs: [buildValue('x', ['N', 2])],
      outputs: [buildValue('best', ['N'], DataType.INT64), buildValue('y', ['N', 2]), buildValue('z', ['N', 2])],
      nodes: [
        createNode('ArgMax', ['x'], ['best'], {
          axis: { kind: 'int', value: 1n },
          keepdims: { kind: 'int', value: 0n },
        }),
        createNode('Identity', ['x'], ['y']),
        createNode('Neg', ['x'], ['z']),
      ],
    });
    const dataset = datasetOf(floats([1, 2], 3, 1), [0]);
    expect((await evaluateAccuracy(model, dataset, runtime)).top1).toBe(100);
    expect((await evaluateAccuracy(model, dataset, runtime, { output: 'z' })).top1).toBe(0);
    for (const output of ['best', 'logits']) {
      await expect(evaluateAccuracy(model, dataset, runtime, { output })).rejects.toMatchObject({ code: 'E_OPTION' });
    }
  });

  it('stops at the limit and reports progress', async () => {
    const seen: Progress[] = [];
    const dataset = datasetOf(floats([4, 2], 1, 0, 1, 0, 0, 1, 0, 1), [0, 0, 0, 0]);
    const result = await evaluateAccuracy(identity([2, 2]), dataset, runtime, {
      limit: 3,
      onProgress: (progress) => seen.push(progress),
    });
    expect(result.count).toBe(3);
    expect(result.top1).toBeCloseTo(200 / 3, 10);
    expect(seen.map(({ done, total }) => [done, total])).toEqual([
      [2, 3],
      [3, 3],
    ]);
  });

  it('turns samples into the data type and shape of the input', async () => {
    const samples = { dataType: DataType.UINT8, dims: [2, 1, 1, 3], data: Uint8Array.of(0, 1, 2, 2, 1, 0) };
    for (const type of [DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.INT32, DataType.INT64]) {
      for (const dims of [
        ['N', 1, 1, 3],
        ['N', 3],
        ['N', 3, 1],
        ['N', null],
      ] as Dimension[][]) {
        const { top1 } = await evaluateAccuracy(identity(dims, type), datasetOf(samples, [2, 0]), runtime);
        expect(top1, `type ${type}, [${dims}]`).toBe(100);
      }
    }
  });

  it.each<[string, Document, ReturnType<typeof datasetOf>, string, RegExp]>([
    [
      'a sample of another shape',
      identity(['N', 2]),
      datasetOf(floats([1, 3], 1, 2, 3), [0]),
      'E_SHAPE',
      /\[2\].*\[3\]/,
    ],
    [
      'channels at the wrong end',
      identity(['N', 3, 2, 1]),
      datasetOf(floats([1, 2, 1, 3], 1, 2, 3, 4, 5, 6), [0]),
      'E_SHAPE',
      /preprocess\.layout/,
    ],
    ['a label beyond the classes', identity(['N', 2]), datasetOf(floats([1, 2], 1, 2), [2]), 'E_SHAPE', /a label 2/],
    ['samples without labels', identity(['N', 2]), datasetOf(floats([1, 2], 1, 2)), 'E_OPTION', /no labels/],
    ['no samples', identity(['N', 2]), datasetOf(floats([0, 2]), []), 'E_OPTION', /no samples/],
    [
      'fractions for tokens',
      identity(['N', 2], DataType.INT64),
      datasetOf(floats([1, 2], 1, 2), [0]),
      'E_SHAPE',
      /int64.*tokens/,
    ],
    [
      'numbers beyond the type',
      identity(['N', 2], DataType.UINT8),
      datasetOf(int64s([1, 2], 1, 256), [0]),
      'E_SHAPE',
      /uint8.*256/,
    ],
  ])('refuses %s', async (_, document, dataset, code, message) => {
    await expect(evaluateAccuracy(document, dataset, runtime)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('evaluateLanguage', () => {
  /** Logits of the next token are the row of a table. */
  const table = (size: number, values: number[], length: Dimension = 'T') =>
    buildDocument({
      inputs: [buildValue('tokens', ['N', length], DataType.INT32)],
      outputs: [buildValue('logits', ['N', length, size])],
      nodes: [createNode('Gather', ['table', 'tokens'], ['logits'])],
      initializers: [floatTensor('table', [size, size], values)],
    });

  it('is ln V for a model that knows nothing', async () => {
    const model = table(8, new Array<number>(64).fill(3));
    const { nll, count } = await evaluateLanguage(
      model,
      datasetOf(int64s([2, 5], 1, 2, 3, 4, 5, 7, 6, 5, 4, 3)),
      runtime,
    );
    expect(count).toBe(8);
    expect(nll).toBeCloseTo(Math.log(8), 12);
  });

  it('is the cross entropy of each next token, and counts how often it is the likeliest', async () => {
    // ln of the transition probabilities, after 0: 1/2, 1/4, 1/4; after 1: 1/4, 1/4, 1/2; after 2: 1, 0, 0 nearly.
    const [half, quarter] = [Math.log(0.5), Math.log(0.25)];
    const model = table(3, [half, quarter, quarter, quarter, quarter, half, 100, 0, 0]);
    const sequences = int64s([2, 4], 0, 1, 2, 0, 0, 0, 2, 1);
    const { nll, agreement, count } = await evaluateLanguage(model, datasetOf(sequences), runtime);
    // 0→1, 1→2, 2→0; 0→0, 0→2, 2→1
    const expected = [-quarter, -half, 0, -half, -quarter, 100].reduce((a, b) => a + b) / 6;
    expect(count).toBe(6);
    expect(nll).toBeCloseTo(expected, 6);
    expect(agreement).toBeCloseTo(100 * (3 / 6), 10);
    const first = await evaluateLanguage(model, datasetOf(sequences), runtime, { limit: 1 });
    expect(first.count).toBe(3);
  });

  it('refuses a model whose outputs are no logits of every position', async () => {
    const dataset = datasetOf(floats([1, 2], 1, 2));
    await expect(evaluateLanguage(identity(['N', 2]), dataset, runtime)).rejects.toMatchObject({ code: 'E_SHAPE' });
  });
});

const shared = '../shared/data';

describe.skipIf(!existsSync(join(shared, 'manifest.json')))('on models beside the project', () => {
  const { models = [] } = existsSync(join(shared, 'manifest.json'))
    ? JSON.parse(readFileSync(join(shared, 'manifest.json'), 'utf8'))
    : {};
  const find = (wanted: string) => models.find(({ name }: { name: string }) => name === wanted);

  it.each([
    ['kws-dscnn-bn', 1000],
    ['mnist-cntk', 400],
    ['lenet300-100-mnist', 1000],
    ['smallcnn-bn-fashion', 1000],
    ['winml-cifar-cnn', 400],
    ['resnet8-mlperf-cifar10', 400],
  ])('%s is as good as its baseline', async (name, limit) => {
    const { file, dataset, baseline } = find(name);
    const data = await openDataset(join(shared, 'datasets', dataset), { model: join(shared, file) });
    const { top1, count } = await evaluateAccuracy(await new NodeIO().read(join(shared, file)), data, runtime, {
      limit,
    });
    expect(count).toBe(limit);
    if (limit === data.length) expect(top1).toBeCloseTo(baseline.top1, 10);
    // Four standard errors of a sample this large.
    const share = baseline.top1 / 100;
    expect(Math.abs(top1 - baseline.top1)).toBeLessThan(400 * Math.sqrt((share * (1 - share)) / limit));
  });

  it('stories260k is as good as its baseline', async () => {
    const { file, baseline } = find('stories260k');
    const data = await openDataset(join(shared, 'datasets/stories260k'));
    const { nll, agreement, count } = await evaluateLanguage(
      await new NodeIO().read(join(shared, file)),
      data,
      runtime,
    );
    expect(count).toBe(24 * 127);
    expect(nll).toBeCloseTo(baseline.nll, 4);
    expect(agreement).toBeCloseTo(baseline.top1, 2);
  });
});
