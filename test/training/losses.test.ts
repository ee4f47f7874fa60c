import { describe, expect, it } from 'vitest';
import { createNode, DataType, Document, Random } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { RuntimeTensor } from '../../src/runtime/runtime.js';
import { differentiate, type Loss, type TrainingGraph } from '../../src/training/index.js';
import { buildDocument, buildMlp, buildValue, floatTensor } from '../helpers/build.js';
import { attributesOf } from './oracle/attributes.js';
import { close, feedsOf } from './oracle/check.js';
import { doubleArray } from './oracle/double-array.js';

const CLASSES = 4;

/** x [N, 4] + w [4] → nodes → y: so that ∂loss/∂w is ∂loss/∂logits summed over N. */
function buildOutput(
  nodes: readonly ReturnType<typeof createNode>[],
  dims: readonly (string | number)[] = ['N', CLASSES],
): Document {
  return buildDocument({
    inputs: [buildValue('x', dims)],
    outputs: [{ name: 'y', dataType: DataType.FLOAT, dims: null }],
    nodes: [createNode('Add', ['x', 'w'], [nodes.length > 0 ? 'logits' : 'y']), ...nodes],
    initializers: [floatTensor('w', [CLASSES], [0.1, -0.2, 0.3, 0])],
    opset: 18,
  });
}

async function runStep(document: Document, loss: Loss | Loss[], feeds: Record<string, RuntimeTensor>) {
  const runtime = await ortNode({ threads: 1 });
  const graph = await differentiate(document, { loss, runtime });
  const session = await runtime.load(modelBytes(graph.document));
  const found = await session.run({ ...feedsOf(graph), ...feeds });
  await session.release();
  return {
    graph,
    found,
    loss: (found[graph.loss].data as Float32Array)[0],
    gradient: found[graph.parameters[0].gradient],
  };
}

const floats = (dims: readonly number[], data: readonly number[]): RuntimeTensor => ({
  dataType: DataType.FLOAT,
  dims,
  data: Float32Array.from(data),
});
const labels = (...values: number[]): RuntimeTensor => ({
  dataType: DataType.INT64,
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const random = new Random(5);
const X = Array.from({ length: 3 * CLASSES }, () => 2 * random.normal());
const W = [0.1, -0.2, 0.3, 0].map(Math.fround);
const LOGITS = Array.from({ length: 3 }, (_, n) => W.map((w, c) => Math.fround(X[n * CLASSES + c]) + w));

function softmax(values: readonly number[], temperature = 1): number[] {
  const exponentials = values.map((value) => Math.exp(value / temperature));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

const sumRows = (rows: readonly (readonly number[])[]) => W.map((_, c) => rows.reduce((sum, row) => sum + row[c], 0));

describe('cross-entropy', () => {
  const wanted = [2, 0, 3];
  const expectedLoss = -LOGITS.reduce((sum, row, n) => sum + Math.log(softmax(row)[wanted[n]]), 0) / 3;
  const expectedGradient = sumRows(
    LOGITS.map((row, n) => softmax(row).map((p, c) => (p - (c === wanted[n] ? 1 : 0)) / 3)),
  );
  const SPELLINGS = {
    logits: [],
    Softmax: [createNode('Softmax', ['logits'], ['y'], attributesOf({ axis: 1 }))],
    'Log of Softmax': [createNode('Softmax', ['logits'], ['p']), createNode('Log', ['p'], ['y'])],
    LogSoftmax: [createNode('LogSoftmax', ['logits'], ['y'])],
    'Softmax behind a Reshape': [
      createNode('Unsqueeze', ['logits', 'axes'], ['u']),
      createNode('Softmax', ['u'], ['p'], attributesOf({ axis: 1 })),
      createNode('Squeeze', ['p', 'axes'], ['y']),
    ],
    'exp(x − max) / Σ': [
      createNode('ReduceMax', ['logits', 'last'], ['m']),
      createNode('Sub', ['logits', 'm'], ['d']),
      createNode('Exp', ['d'], ['e']),
      createNode('ReduceSum', ['e', 'last'], ['t']),
      createNode('Div', ['e', 't'], ['y']),
    ],
  };

  it.each(Object.entries(SPELLINGS))('of %s', async (_, nodes) => {
    const document = buildOutput(nodes);
    for (const [name, values] of [
      ['axes', [2, 3]],
      ['last', [1]],
    ] as const) {
      document.graph.nodes.unshift(createNode('Constant', [], [name], attributesOf({ value_ints: [...values] })));
    }
    const feeds = { x: floats([3, CLASSES], X), 'cross-entropy.y': labels(...wanted) };
    const { loss, gradient, graph } = await runStep(document, { kind: 'cross-entropy' }, feeds);
    expect(graph.targets).toEqual([
      { name: 'cross-entropy.y', dataType: DataType.INT64, dims: ['N'], classes: CLASSES, source: null },
    ]);
    expect(loss).toBeCloseTo(expectedLoss, 5);
    close(gradient, doubleArray([CLASSES], expectedGradient), 'gradient');
  });

  it('stays finite where a probability is 0', async () => {
    const document = buildOutput([createNode('Softmax', ['logits'], ['y'])]);
    const feeds = { x: floats([1, CLASSES], [500, 0, -500, 0]), 'cross-entropy.y': labels(2) };
    const { loss, gradient } = await runStep(document, { kind: 'cross-entropy' }, feeds);
    expect(loss).toBeCloseTo(999.8, 1);
    expect(Array.from(gradient.data as Float32Array)).toEqual([1, 0, -1, 0]);
  });

  it('leaves out positions of label −1', async () => {
    const feeds = { x: floats([3, CLASSES], X), 'cross-entropy.y': labels(2, -1, 3) };
    const { loss } = await runStep(buildOutput([]), { kind: 'cross-entropy' }, feeds);
    expect(loss).toBeCloseTo(-(Math.log(softmax(LOGITS[0])[2]) + Math.log(softmax(LOGITS[2])[3])) / 2, 5);
  });

  it('is a mean over every position of a text', async () => {
    const feeds = {
      x: floats([1, 3, CLASSES], X),
      'cross-entropy.y': { ...labels(...wanted), dims: [1, 3] },
    };
    const { loss, gradient } = await runStep(buildOutput([], ['N', 'L', CLASSES]), { kind: 'cross-entropy' }, feeds);
    expect(loss).toBeCloseTo(expectedLoss, 5);
    close(gradient, doubleArray([CLASSES], expectedGradient), 'gradient');
  });
});

describe('binary cross-entropy', () => {
  const targets = X.map((_, i) => [0, 1, 0.25][i % 3]);
  const flat = LOGITS.flat();
  const expectedLoss =
    flat.reduce((sum, x, i) => {
      const p = 1 / (1 + Math.exp(-x));
      return sum - targets[i] * Math.log(p) - (1 - targets[i]) * Math.log(1 - p);
    }, 0) / flat.length;

  it.each([
    ['logits', []],
    ['a Sigmoid', [createNode('Sigmoid', ['logits'], ['y'])]],
  ])('of %s', async (_, nodes) => {
    const feeds = { x: floats([3, CLASSES], X), 'binary-cross-entropy.y': floats([3, CLASSES], targets) };
    const { loss, gradient } = await runStep(buildOutput(nodes), { kind: 'binary-cross-entropy' }, feeds);
    expect(loss).toBeCloseTo(expectedLoss, 5);
    const rows = LOGITS.map((row, n) =>
      row.map((x, c) => (1 / (1 + Math.exp(-x)) - targets[n * CLASSES + c]) / flat.length),
    );
    close(gradient, doubleArray([CLASSES], sumRows(rows)), 'gradient');
  });

  it('stays finite at any logit', async () => {
    const feeds = {
      x: floats([1, CLASSES], [200, -200, 200, -200]),
      'binary-cross-entropy.y': floats([1, CLASSES], [0, 1, 1, 0]),
    };
    const { loss } = await runStep(
      buildOutput([createNode('Sigmoid', ['logits'], ['y'])]),
      { kind: 'binary-cross-entropy' },
      feeds,
    );
    expect(loss).toBeCloseTo(100, 0);
  });
});

describe('distillation', () => {
  const teacher = LOGITS.map((row) => [...row].reverse());

  it.each([1, 3])('is T² KL of the outputs at T = %d', async (temperature) => {
    const feeds = { x: floats([3, CLASSES], X), 'distillation.y': floats([3, CLASSES], teacher.flat()) };
    const { loss, gradient } = await runStep(buildOutput([]), { kind: 'distillation', temperature }, feeds);
    const terms = LOGITS.map((row, n) => {
      const [p, q] = [softmax(teacher[n], temperature), softmax(row, temperature)];
      return p.reduce((sum, value, c) => sum + value * Math.log(value / q[c]), 0);
    });
    expect(loss).toBeCloseTo((temperature ** 2 * terms.reduce((sum, term) => sum + term, 0)) / 3, 4);
    const rows = LOGITS.map((row, n) => {
      const [p, q] = [softmax(teacher[n], temperature), softmax(row, temperature)];
      return q.map((value, c) => ((value - p[c]) * temperature) / 3);
    });
    close(gradient, doubleArray([CLASSES], sumRows(rows)), 'gradient');
  });

  it('asks the teacher for logits where the output is a Softmax, and is 0 for the teacher itself', async () => {
    const nodes = [createNode('Softmax', ['logits'], ['y'], attributesOf({ axis: 1 }))];
    const feeds = { x: floats([3, CLASSES], X), 'distillation.y': floats([3, CLASSES], LOGITS.flat()) };
    const { loss, graph } = await runStep(buildOutput(nodes), { kind: 'distillation' }, feeds);
    expect(graph.targets[0].source).toBe('logits');
    expect(loss).toBeCloseTo(0, 6);
  });

  it('asks for a value of the original model also where an old Softmax had to be spelled anew', async () => {
    const document = buildOutput([createNode('Softmax', ['logits'], ['y'])], ['N', CLASSES, 1, 1]);
    document.opsets.set('', 11);
    document.graph.initializers.set('w', floatTensor('w', [CLASSES, 1, 1], W));
    const { graph, found, loss } = await runStep(
      document,
      { kind: 'distillation' },
      {
        x: floats([3, CLASSES, 1, 1], X),
        'distillation.y': floats([3, CLASSES, 1, 1], LOGITS.flat()),
      },
    );
    expect(graph.targets).toEqual([
      { name: 'distillation.y', dataType: DataType.FLOAT, dims: ['N', CLASSES, 1, 1], classes: null, source: 'logits' },
    ]);
    expect(loss).toBeCloseTo(0, 6);
    expect(found.y.dims).toEqual([3, CLASSES, 1, 1]);
  });

  it('of inner values, plain or relative, adds up by weight', async () => {
    const document = buildMlp([3, 5, CLASSES]);
    const x = floats([2, 3], [0.3, -1, 2, 0.5, 0.1, -0.7]);
    const zeros = floats([2, 5], new Array(10).fill(0));
    const half = floats([2, 5], new Array(10).fill(0.5));
    const hidden = await valuesOf(document, 'h0', x);
    const square = (goal: number) => hidden.reduce((sum, value) => sum + (value - goal) ** 2, 0) / hidden.length;
    const loss: Loss[] = [
      { kind: 'feature', value: 'h0', target: 'plain' },
      { kind: 'feature', value: 'h0', target: 'scaled', relative: true, weight: 3 },
    ];
    const step = await runStep(document, loss, { x, plain: zeros, scaled: half });
    expect(step.graph.targets.map(({ name, source }) => [name, source])).toEqual([
      ['plain', 'h0'],
      ['scaled', 'h0'],
    ]);
    expect(step.loss).toBeCloseTo(square(0) + (3 * square(0.5)) / 0.25, 4);
    // The second layer is not behind it.
    expect(step.graph.parameters.map(({ name }) => name)).toEqual(['w0', 'b0']);
  });

  async function valuesOf(document: Document, name: string, x: RuntimeTensor): Promise<number[]> {
    const outputs = [{ name, dataType: DataType.FLOAT, dims: null }];
    const shown = Object.assign(new Document(), document, { graph: { ...document.graph, outputs } });
    const session = await (await ortNode({ threads: 1 })).load(modelBytes(shown));
    const found = await session.run({ x });
    await session.release();
    return Array.from(found[name].data as Float32Array);
  }
});

describe('options of losses', () => {
  const refuse = async (loss: Loss | Loss[]): Promise<TrainingGraph> =>
    differentiate(buildOutput([]), { loss, runtime: await ortNode({ threads: 1 }) });

  it('refuses what the model does not have', async () => {
    await expect(refuse({ kind: 'cross-entropy', output: 'z' })).rejects.toThrow(/output of the model \(y\), not "z"/);
    await expect(refuse({ kind: 'feature', value: 'z' })).rejects.toThrow(/no value "z"/);
    await expect(refuse({ kind: 'distillation', temperature: 0 })).rejects.toThrow(/temperature above 0/);
    await expect(refuse([])).rejects.toThrow(/at least one loss/);
  });
});
