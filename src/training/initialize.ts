import { constantsOf, type Document, type Graph, intAttribute, type Node, Random, type Tensor } from '../core/index.js';
import { STREAM } from './batches.js';
import type { TrainingGraph } from './training-graph.js';

const RECTIFIERS = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Clip',
  'HardSwish',
  'Gelu',
  'Mish',
  'Softplus',
]);
/** What may stand between a layer and its rectifier. */
const BETWEEN = new Set(['Add', 'BatchNormalization', 'InstanceNormalization', 'MaxPool', 'AveragePool', 'Identity']);
const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);
const NORMS = new Set([
  'BatchNormalization',
  'InstanceNormalization',
  'LayerNormalization',
  'GroupNormalization',
  'RMSNormalization',
  'SimplifiedLayerNormalization',
]);

/**
 * Forgets what a model has learned: every parameter takes a random value again, by the operator that reads it.
 *
 * - Conv, ConvTranspose, Gemm and MatMul before a rectifier, with pooling or normalization between or not: N(0, 2 / fanIn).
 *   He et al. 2015, arXiv 1502.01852, equation 10.
 * - others of these, and every gate of an LSTM, GRU or RNN: uniform within ±√(6 / (fanIn + fanOut)). Glorot & Bengio 2010,
 *   equation 16.
 * - Gather: N(0, 1 / width).
 * - biases 0; scales of normalization 1 and shifts 0; a vector that is multiplied 1, one that is added 0; PRelu 0.25.
 *   Running means 0, running variances 1.
 *
 * N is the generator's (a sum of uniforms): the same numbers in every engine.
 *
 * @param kept names of statistics that stay as they are
 * @returns names of parameters that none of these reads; they stay as they were
 */
export function initializeWeights(
  document: Document,
  training: TrainingGraph,
  seed: number,
  kept: readonly string[] = [],
): string[] {
  const random = new Random(seed).fork(STREAM.WEIGHTS);
  const left: string[] = [];
  // A method may train more than the model has.
  const own = new Set(constantsOf(document.graph).values());
  for (const [i, { tensor, name }] of training.parameters.entries()) {
    if (!own.has(tensor)) continue;
    const draw = drawFor(document.graph, name, tensor, random.fork(i));
    if (draw) tensor.setFloat32(Float32Array.from({ length: tensor.elementCount }, draw));
    else left.push(name);
  }
  for (const { opType, inputs } of document.graph.nodes) {
    if (opType !== 'BatchNormalization') continue;
    const fill = (name: string, value: number) => {
      if (kept.includes(name)) return;
      const tensor = document.graph.initializers.get(name);
      tensor?.setFloat32(new Float32Array(tensor.elementCount).fill(value));
    };
    fill(inputs[3], 0);
    fill(inputs[4], 1);
  }
  return left;
}

/** What gives the next element; null where no operator says. */
function drawFor(graph: Graph, name: string, { dims }: Tensor, random: Random): (() => number) | null {
  for (const node of graph.nodes) {
    const input = node.inputs.indexOf(name);
    if (input < 0) continue;
    const { opType } = node;
    if (opType === 'Conv' || opType === 'ConvTranspose') {
      return input === 1 ? drawLayer(graph, node, fansOfConv(node, dims), random) : () => 0;
    }
    if ((opType === 'Gemm' || opType === 'MatMul') && input < 2 && dims.length > 1) {
      const transposed = intAttribute(node, input === 0 ? 'transA' : 'transB', 0) !== 0;
      const [rows, columns] = dims.slice(-2);
      const fans: Fans = (input === 1) === transposed ? [columns, rows] : [rows, columns];
      return drawLayer(graph, node, fans, random);
    }
    if (RECURRENT.has(opType)) {
      const hidden = intAttribute(node, 'hidden_size', 0);
      return input < 3 ? glorot([dims[2], hidden], random) : () => 0;
    }
    if (opType === 'Gemm' && input === 2) return () => 0;
    if (opType === 'Gather' && input === 0) {
      const deviation = Math.sqrt(1 / dims[dims.length - 1]);
      return () => deviation * random.normal();
    }
    if (NORMS.has(opType)) return input === 1 ? () => 1 : () => 0;
    if (opType === 'PRelu') return () => 0.25;
    if (opType === 'Mul' || opType === 'Div') return () => 1;
    if (opType === 'Add' || opType === 'Sub') return () => 0;
  }
  return null;
}

/** Inputs that one output of a layer sums, and outputs that one input goes into. */
type Fans = readonly [fanIn: number, fanOut: number];

function fansOfConv(node: Node, dims: readonly number[]): Fans {
  const taps = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const group = intAttribute(node, 'group', 1);
  if (node.opType === 'Conv') return [taps * dims[1], (taps * dims[0]) / group];
  return [(taps * dims[0]) / group, taps * dims[1]];
}

function drawLayer(graph: Graph, node: Node, fans: Fans, random: Random): () => number {
  if (leadsToRectifier(graph, node.outputs[0])) {
    const deviation = Math.sqrt(2 / fans[0]);
    return () => deviation * random.normal();
  }
  return glorot(fans, random);
}

function glorot([fanIn, fanOut]: Fans, random: Random): () => number {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return () => limit * (2 * random.uniform() - 1);
}

function leadsToRectifier(graph: Graph, name: string): boolean {
  const reader = graph.nodes.find(({ inputs }) => inputs.includes(name));
  if (!reader) return false;
  return RECTIFIERS.has(reader.opType) || (BETWEEN.has(reader.opType) && leadsToRectifier(graph, reader.outputs[0]));
}
