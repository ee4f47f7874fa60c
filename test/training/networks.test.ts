import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataType, MemorySource, Random } from '../../src/core/index.js';
import { modelBytes, readModel } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { RuntimeTensor } from '../../src/runtime/runtime.js';
import { differentiate, type TrainingGraph } from '../../src/training/index.js';
import { sharedModel, sharedModels } from '../helpers/shared-models.js';
import { feedsOf } from './oracle/check.js';
import { doubleArray, sizeOf } from './oracle/double-array.js';
import { DoubleRunner, type Values } from './oracle/double-run.js';

/** So short that hardly a kink (Relu, MaxPool) is crossed: a double has digits enough. */
const STEP = 1e-8;

interface Network {
  readonly path: string;
  readonly skip: string | false;
  readonly loss: 'cross-entropy' | 'mean-squared-error';
  readonly tolerance: number;
  /** Of free dims, by axis of the first input. */
  readonly sizes?: readonly number[];
}

const shared = (name: string) => ({
  path: sharedModel(name),
  skip: sharedModels.includes(name) ? (false as const) : 'models of ../shared/data are missing',
});

const NETWORKS: readonly Network[] = [
  { path: 'models/glyphs.onnx', skip: false, loss: 'cross-entropy', tolerance: 1e-4 },
  { path: 'models/dialects.onnx', skip: false, loss: 'cross-entropy', tolerance: 1e-4 },
  { ...shared('lenet300-100-mnist.onnx'), loss: 'cross-entropy', tolerance: 1e-4 },
  { ...shared('lenet5-caffe-mnist.onnx'), loss: 'mean-squared-error', tolerance: 1e-4 },
  { ...shared('mnist-cntk.onnx'), loss: 'cross-entropy', tolerance: 1e-4 },
  { ...shared('resnet20-cifar10-bn.onnx'), loss: 'cross-entropy', tolerance: 1e-3, sizes: [1] },
  { ...shared('kws-dscnn-bn.onnx'), loss: 'cross-entropy', tolerance: 1e-3 },
  { ...shared('stories260k.onnx'), loss: 'cross-entropy', tolerance: 1e-3, sizes: [1, 6] },
];

describe('gradients of whole networks', () => {
  for (const network of NETWORKS) {
    const name = network.path.split('/').at(-1)!.replace('.onnx', '');
    const title = network.skip ? `${name} (skipped: ${network.skip})` : name;
    it.skipIf(network.skip)(`${title}: as the loss in double precision changes along random directions`, async () => {
      await checkNetwork(network);
    });
  }
});

async function checkNetwork({ path, loss, tolerance, sizes = [2] }: Network): Promise<void> {
  const document = await readModel(new MemorySource(readFileSync(path)));
  const runtime = await ortNode({ threads: 1 });
  const graph = await differentiate(document, { loss: { kind: loss }, runtime });
  const random = new Random(3);
  const feeds = drawFeeds(graph, random, sizes);
  const session = await runtime.load(modelBytes(graph.document));
  const found = await session.run(feedsOf(graph, feeds));
  await session.release();
  const runner = new DoubleRunner(document);
  const output = graph.outputs[0];
  const target = feeds.get(graph.targets[0].name)!;
  const lossAt = async (values: Values) => lossOf(loss, (await runner.run(values)).get(output)!, target);

  expect((found[graph.loss].data as Float32Array)[0]).toBeCloseTo(await lossAt(feeds), 3);
  // Every direction moves a third of the parameters, so that an error in one is not lost among all.
  for (let turn = 0; turn < 3; turn++) {
    const moved = graph.parameters.filter((_, i) => i % 3 === turn);
    const directions = drawDirections(moved, turn);
    const expected = await slopeAlong(runner, feeds, directions, lossAt);
    const ours = moved.reduce((total, { name, gradient }) => {
      const values = found[gradient].data as Float32Array;
      return total + directions.get(name)!.reduce((sum, d, i) => sum + d * values[i], 0);
    }, 0);
    const label = `${path}, direction ${turn}: ${ours} against ${expected}`;
    expect(Math.abs(ours - expected) / (Math.abs(expected) + 1e-5), label).toBeLessThan(tolerance);
  }
  await runner.release();
}

function drawDirections(parameters: TrainingGraph['parameters'], seed: number): Map<string, Float64Array> {
  const random = new Random(100 + seed);
  return new Map(
    parameters.map(({ name, dims }) => [name, Float64Array.from({ length: sizeOf(dims) }, () => random.normal())]),
  );
}

/** (f(w + h d) − f(w − h d)) / 2h */
async function slopeAlong(
  runner: DoubleRunner,
  feeds: Values,
  directions: ReadonlyMap<string, Float64Array>,
  lossAt: (values: Values) => Promise<number>,
): Promise<number> {
  const at = (step: number) => {
    const shifted: Values = new Map(feeds);
    for (const [name, direction] of directions) {
      const { dims, data } = runner.constant(name);
      shifted.set(
        name,
        doubleArray(
          dims,
          direction.map((d, i) => Number(data[i]) + step * d),
        ),
      );
    }
    return lossAt(shifted);
  };
  return ((await at(STEP)) - (await at(-STEP))) / (2 * STEP);
}

function drawFeeds(graph: TrainingGraph, random: Random, sizes: readonly number[]): Values {
  const fixed = new Set(graph.parameters.map(({ name }) => name));
  const feeds: Values = new Map();
  for (const { name, dataType, dims: stated } of graph.document.graph.inputs) {
    if (fixed.has(name)) continue;
    const dims = (stated ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : sizes[axis]));
    const length = sizeOf(dims);
    if (dataType === DataType.FLOAT)
      feeds.set(
        name,
        doubleArray(
          dims,
          Float32Array.from({ length }, () => random.normal()),
        ),
      );
    else if (dataType === DataType.INT32)
      feeds.set(name, { dataType, dims, data: Int32Array.from({ length }, () => random.below(8)) });
    else
      feeds.set(name, {
        dataType: DataType.INT64,
        dims,
        data: BigInt64Array.from({ length }, () => BigInt(random.below(8))),
      });
  }
  return feeds;
}

/** By definition, in double. */
function lossOf(kind: Network['loss'], { dims, data }: RuntimeTensor, target: RuntimeTensor): number {
  const y = data as Float64Array;
  if (kind === 'mean-squared-error') {
    return y.reduce((sum, value, i) => sum + (value - Number(target.data[i])) ** 2, 0) / y.length;
  }
  const classes = dims.at(-1)!;
  let total = 0;
  for (let row = 0; row * classes < y.length; row++) {
    const logits = y.subarray(row * classes, (row + 1) * classes);
    const largest = Math.max(...logits);
    const sum = logits.reduce((all, value) => all + Math.exp(value - largest), 0);
    total += largest + Math.log(sum) - logits[Number(target.data[row])];
  }
  return (total * classes) / y.length;
}
