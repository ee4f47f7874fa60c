import { expect } from 'vitest';
import {
  type AttributeValue,
  createNode,
  DataType,
  type Document,
  type Node,
  Random,
  Tensor,
  type Value,
} from '../../../src/core/index.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import type { RuntimeTensor } from '../../../src/runtime/runtime.js';
import { differentiate, type TrainingGraph } from '../../../src/training/index.js';
import { buildDocument, buildValue } from '../../helpers/build.js';
import { doubleArray, sizeOf } from './double-array.js';
import { DoubleRunner, type Values } from './double-run.js';

/** Single precision against double: gradients of one operator agree to this share of their length. */
const TOLERANCE = 2e-5;
const STEP = 1e-6;

/** One call of an operator, every float input of which is trained. */
export interface Sample {
  readonly opType: string;
  readonly attributes?: Record<string, AttributeValue>;
  /** Floats (dims only: about N(0, 1); or a tensor) and integers; null for an input that is left out. */
  readonly inputs: readonly (readonly number[] | Tensor | null)[];
  readonly outputs?: number;
  /** How numbers are drawn (default: N(0, 1)). */
  readonly draw?: (random: Random) => number;
  readonly opset?: number;
  /** Axes of input 0 whose size is free. */
  readonly free?: readonly number[];
}

/**
 * Compares the gradient of the squared error of an operator's outputs with central differences in double precision, for every
 * number of every float input. Also compares the outputs, so that the oracle is held to onnxruntime.
 */
export async function checkSample(sample: Sample, seed: number): Promise<void> {
  const { document, feeds } = documentOf(sample, new Random(seed));
  const outputs = document.graph.outputs.map(({ name }) => name);
  const trainable = sample.inputs.flatMap((input, i) => (input === null || input instanceof Tensor ? [] : [`p${i}`]));
  const runtime = await ortNode({ threads: 1 });
  const loss = outputs.map((output) => ({ kind: 'mean-squared-error' as const, output }));
  const graph = await differentiate(document, { loss, runtime, trainable });
  const session = await runtime.load(modelBytes(graph.document));
  const runner = new DoubleRunner(document);
  try {
    const before = await runner.run(feeds);
    const targets = drawTargets(graph, outputs, before, new Random(seed + 1));
    const found = await session.run(feedsOf(graph, feeds, targets));
    const label = JSON.stringify({ ...describe(sample), seed });
    for (const name of outputs) close(found[name], before.get(name)!, `${label}: ${name}`);
    const lossAt = async (values: Values) => squaredError(await runner.run(values), outputs, targets);
    for (const { name, gradient } of graph.parameters) {
      const expected = await centralDifferences(runner, feeds, name, lossAt);
      close(found[gradient], expected, `${label}: gradient by ${name}`);
    }
  } finally {
    await session.release();
    await runner.release();
  }
}

/** Runs {@link checkSample} on `count` drawn samples. */
export async function checkSamples(count: number, draw: (random: Random) => Sample, seed = 1): Promise<void> {
  for (let i = 0; i < count; i++) await checkSample(draw(new Random(1000 * seed + i)), 1000 * seed + i);
}

function describe({ opType, attributes = {}, inputs, free }: Sample) {
  const values = Object.entries(attributes).map(([name, attribute]) => [
    name,
    'value' in attribute
      ? attribute.kind === 'string'
        ? new TextDecoder().decode(attribute.value)
        : `${attribute.value}`
      : '',
  ]);
  const dims = inputs.map((input) => (input instanceof Tensor ? `${input.dataType}[${input.dims}]` : input));
  return { opType, ...Object.fromEntries(values), inputs: dims, free };
}

/** Inputs are initializers, p0 p1 …; with free axes input 0 is x [N, …] + p0 [1, …]. */
function documentOf(sample: Sample, random: Random): { document: Document; feeds: Values } {
  const draw = sample.draw ?? ((source: Random) => source.normal());
  const initializers: Tensor[] = [];
  const nodes: Node[] = [];
  const feeds: Values = new Map();
  const graphInputs: Value[] = [];
  const names = sample.inputs.map((input, i) => {
    if (input === null) return '';
    const name = `p${i}`;
    if (input instanceof Tensor) {
      const { dataType, dims } = input;
      initializers.push(new Tensor(name, dataType, dims, input.source));
      return name;
    }
    const free = i === 0 ? (sample.free ?? []) : [];
    const dims = input.map((dim, axis) => (free.includes(axis) ? 1 : dim));
    const numbers = (size: number) => Float32Array.from({ length: size }, () => draw(random));
    initializers.push(Tensor.fromFloat32(name, dims, numbers(sizeOf(dims))));
    if (free.length === 0) return name;
    const data = numbers(sizeOf(input));
    feeds.set('x', doubleArray(input, data));
    graphInputs.push(
      buildValue(
        'x',
        input.map((dim, axis) => (free.includes(axis) ? `d${axis}` : dim)),
      ),
    );
    nodes.push(createNode('Add', ['x', name], ['sum']));
    return 'sum';
  });
  const outputs = Array.from({ length: sample.outputs ?? 1 }, (_, i) => `y${i}`);
  nodes.push(createNode(sample.opType, names, outputs, sample.attributes ?? {}, 'sample'));
  const document = buildDocument({
    inputs: graphInputs,
    outputs: outputs.map((name) => ({ name, dataType: DataType.FLOAT, dims: null })),
    nodes,
    initializers,
    opset: sample.opset ?? 18,
    irVersion: (sample.opset ?? 18) > 22 ? 10 : 8,
  });
  return { document, feeds };
}

function drawTargets(graph: TrainingGraph, outputs: readonly string[], values: Values, random: Random): Values {
  return new Map(
    graph.targets.map(({ name }, i) => {
      const { dims, data } = values.get(outputs[i])!;
      return [
        name,
        doubleArray(
          dims,
          Float32Array.from({ length: data.length }, () => random.normal()),
        ),
      ];
    }),
  );
}

/** Σ over outputs of the mean of (y − target)². */
function squaredError(values: Values, outputs: readonly string[], targets: Values): number {
  const wanted = [...targets.values()];
  return outputs.reduce((total, name, i) => {
    const data = values.get(name)!.data as Float64Array;
    const goal = wanted[i].data as Float64Array;
    return total + data.reduce((sum, y, j) => sum + (y - goal[j]) ** 2, 0) / data.length;
  }, 0);
}

/** (f(w + h) − f(w − h)) / 2h for every number of a constant. */
export async function centralDifferences(
  runner: DoubleRunner,
  feeds: Values,
  name: string,
  lossAt: (values: Values) => Promise<number>,
): Promise<RuntimeTensor> {
  const { dims, data } = runner.constant(name);
  const gradient = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const at = (shift: number) => {
      const moved = Float64Array.from(data as Float64Array);
      moved[i] += shift;
      return lossAt(new Map([...feeds, [name, doubleArray(dims, moved)]]));
    };
    gradient[i] = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP);
  }
  return doubleArray(dims, gradient);
}

/** Everything that a step needs, as float32, with the parameters as the document has them. */
export function feedsOf(graph: TrainingGraph, ...given: Values[]): Record<string, RuntimeTensor> {
  const values = new Map(given.flatMap((map) => [...map]));
  const feeds: Record<string, RuntimeTensor> = {};
  for (const { name, tensor, dims } of [...graph.parameters, ...graph.runningStatistics]) {
    feeds[name] = { dataType: DataType.FLOAT, dims, data: tensor.toFloat32() };
  }
  for (const [name, { dataType, dims, data }] of values) {
    const isDouble = dataType === DataType.DOUBLE;
    feeds[name] = isDouble
      ? { dataType: DataType.FLOAT, dims, data: Float32Array.from(data as Float64Array) }
      : { dataType, dims, data };
  }
  return feeds;
}

/** |found − expected| is small beside |expected|, both as vectors; a gradient that is zero is zero. */
export function close(found: RuntimeTensor, expected: RuntimeTensor, label: string, tolerance = TOLERANCE): void {
  expect([...found.dims], label).toEqual([...expected.dims]);
  const [a, b] = [found.data as Float32Array, expected.data as Float64Array];
  let [difference, length] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    length += b[i] ** 2;
  }
  const error = Math.sqrt(difference) / (Math.sqrt(length) + 1e-4);
  expect(error, `${label}: ${Array.from(a.slice(0, 6))} against ${Array.from(b.slice(0, 6))}`).toBeLessThan(tolerance);
}
