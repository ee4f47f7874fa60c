import {
  constantsOf,
  DataType,
  type Document,
  Random,
  stopIfAborted,
  type Tensor,
  type TransformContext,
  WringError,
} from '../core/index.js';
import { drawClass } from '../evaluation/draw-class.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { copyDocument } from '../training/autodiff/draft.js';
import { probeShapes } from '../training/autodiff/probe-shapes.js';
import { differentiate, type TrainingGraph } from '../training/index.js';
import { logitsOf } from '../training/losses/logits.js';
import type { Feed } from './output-error.js';

export { fisherSensitivity } from './fisher-sensitivity.js';

/** Independent of the streams of `measureSensitivity`, which are numbered from 0 on. */
const STREAM = 2 ** 31;

/**
 * Diagonal of the Fisher information of a model that chooses among classes, or tokens:
 *
 *   F_i = E_x E_{y ~ p(·|x)} (∂ log p(y | x) / ∂w_i)²
 *
 * by one label drawn from the model's own output a decision (Martens 2020, arXiv 1412.1193, section 9.1): no labels, and not
 * the "empirical" Fisher. Samples run one at a time, so that squares are those of single ones, in the memory of one gradient.
 * Where several decisions cannot be told apart (the tokens of a text; samples of a model of fixed batch), the square is that of
 * their sum, which has the same expectation: scores of labels drawn one by one are independent, each of mean 0.
 *
 * @returns F of every tensor that the output moves with, by elements, a sum over the decisions of a sample
 * @throws {WringError} E_UNSUPPORTED when the classes are not the last axis of the first output, or an operator has no
 *   gradient; E_RUNTIME, E_INTERRUPTED
 */
export async function measureFisher(
  document: Document,
  tensors: readonly Tensor[],
  feeds: readonly Feed[],
  runtime: Runtime,
  seed: number,
  context: TransformContext,
): Promise<Map<Tensor, Float32Array>> {
  const names = weightNames(document, tensors);
  const logits = await findLogits(document, runtime);
  const loss = { kind: 'cross-entropy', target: 'fisher.labels' } as const;
  const graph = await differentiate(document, { loss, runtime, trainable: names });
  const model = await runtime.load(modelBytes(withOutput(document, logits)));
  const step = await runtime.load(modelBytes(graph.document));
  const weights = Object.fromEntries(graph.parameters.map(({ name, tensor, dims }) => [name, floats(tensor, dims)]));
  const fetch = Object.fromEntries(graph.parameters.map(({ gradient }) => [gradient, null]));
  const random = new Random(seed).fork(STREAM);
  const sums = new Map(graph.parameters.map(({ tensor }) => [tensor, new Float32Array(tensor.elementCount)]));
  const runs = feeds.flatMap((feed) => singleSamples(document, feed));
  try {
    for (const [i, run] of runs.entries()) {
      stopIfAborted(context.signal, 'measuring the Fisher information');
      const labels = drawLabels((await model.run(run))[logits], random);
      const gradients = await step.run({ ...run, ...weights, [graph.targets[0].name]: labels }, fetch);
      const samples = Object.values(run)[0].dims[0];
      // The loss is a mean over decisions.
      addSquares(graph, gradients, labels.data.length / Math.sqrt(samples * runs.length), sums);
      context.onProgress({ step: 'fisher', done: i + 1, total: runs.length });
    }
  } finally {
    await model.release();
    await step.release();
  }
  return sums;
}

function weightNames(document: Document, tensors: readonly Tensor[]): string[] {
  const wanted = new Set(tensors);
  const constants = [...constantsOf(document.graph)];
  return constants.filter(([, tensor]) => wanted.has(tensor)).map(([name]) => name);
}

async function findLogits(document: Document, runtime: Runtime): Promise<string> {
  const shapes = await probeShapes(document, runtime);
  const [{ name: output }] = document.graph.outputs;
  const { name, axis } = logitsOf(document, shapes, output, -1);
  const rank = shapes.rank(name);
  if (rank > 1 && rank < 4 && axis === rank - 1 && shapes.rank(output) === rank) return name;
  throw new WringError(
    'E_UNSUPPORTED',
    `Fisher information: expected output "${output}" to be scores [N, classes] or [N, T, tokens] but it has ${rank} axes`,
  );
}

function withOutput(document: Document, name: string): Document {
  const copy = copyDocument(document);
  copy.graph.outputs = [{ name, dataType: DataType.FLOAT, dims: null }];
  return copy;
}

function floats(tensor: Tensor, dims: readonly number[]): RuntimeTensor {
  return { dataType: DataType.FLOAT, dims, data: tensor.toFloat32() };
}

/** The feed itself where the model has a fixed batch. */
function singleSamples({ graph }: Document, feed: Feed): Feed[] {
  const inputs = graph.inputs.filter(({ name }) => name in feed);
  if (inputs.some(({ dims }) => typeof dims?.[0] === 'number')) return [feed];
  const [count] = Object.values(feed)[0].dims;
  return Array.from({ length: count }, (_, n) =>
    Object.fromEntries(Object.entries(feed).map(([name, tensor]) => [name, sampleOf(tensor, n)])),
  );
}

function sampleOf({ dataType, dims, data }: RuntimeTensor, n: number): RuntimeTensor {
  const size = data.length / dims[0];
  return { dataType, dims: [1, ...dims.slice(1)], data: data.slice(n * size, (n + 1) * size) };
}

function drawLabels({ dims, data }: RuntimeTensor, random: Random): RuntimeTensor {
  const classes = dims.at(-1)!;
  const labels = BigInt64Array.from({ length: data.length / classes }, (_, i) =>
    BigInt(drawClass((data as Float32Array).subarray(i * classes, (i + 1) * classes), random.uniform())),
  );
  return { dataType: DataType.INT64, dims: dims.slice(0, -1), data: labels };
}

function addSquares(
  { parameters }: TrainingGraph,
  gradients: Feed,
  factor: number,
  sums: ReadonlyMap<Tensor, Float32Array>,
): void {
  for (const { tensor, gradient } of parameters) {
    const [values, sum] = [gradients[gradient].data as Float32Array, sums.get(tensor)!];
    for (let i = 0; i < sum.length; i++) {
      const score = factor * values[i];
      sum[i] += score * score;
    }
  }
}
