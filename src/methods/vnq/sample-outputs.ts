import {
  type AttributeValue,
  constantsOf,
  createNode,
  type Document,
  floatAttribute,
  type Node,
  type Tensor,
  Tensor as TensorClass,
} from '../../core/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { GraphWriter, type NoiseInput, noiseDims, probeShapes } from '../../training/index.js';
import { freeze } from '../../transforms/index.js';

/** A weight that is uncertain. */
export interface UncertainWeight {
  readonly tensor: Tensor;
  /** As the graph has it: its mean. */
  readonly mean: string;
  /** Initializer of the same dims: its variance. */
  readonly variance: string;
}

export interface SampledOutputs {
  readonly weights: readonly UncertainWeight[];
  readonly noise: readonly NoiseInput[];
}

/** Keeps the slope of the root finite where all inputs are 0. */
const LEAST_VARIANCE = 1e-8;
/** By operator, the inputs that may be weights. */
const SLOTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  Gemm: [1, 0],
  MatMul: [1, 0],
};

/**
 * Lets every Conv, ConvTranspose, Gemm and MatMul with a weight of `chosen` draw its outputs, by local reparametrization: what weights
 * N(θ, σ²) make of inputs x is N(op(x, θ), op(x², σ²)), so
 *
 *   y = op(x, θ) + √(op(x², σ²) + 10^-8) · ε, with one ε an output.
 *
 * A weight that anything else reads stays certain. Variances begin as 0.
 *
 * @throws {WringError} E_UNSUPPORTED for a layer whose outputs have other free dims than the samples
 * @see Kingma, Salimans & Welling 2015, arXiv 1506.02557, equation 6
 */
export async function sampleOutputs(
  draft: Document,
  chosen: ReadonlySet<Tensor>,
  runtime: Runtime,
): Promise<SampledOutputs> {
  draft.irVersion = Math.max(4, draft.irVersion);
  await draft.transform(freeze());
  const { graph } = draft;
  const shapes = await probeShapes(draft, runtime);
  const uses = weightUses(draft, chosen);
  const write = new GraphWriter(draft);
  const weights = new Map<string, UncertainWeight>();
  const squares = new Map<string, string>();
  const noise: NoiseInput[] = [];
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const use = uses.get(node);
    nodes.push(node);
    if (!use) continue;
    const where = `vnq: outputs of "${node.name || node.outputs[0]}" (${node.opType})`;
    const own = noiseDims(draft, shapes, node.outputs[0], where);
    const name = node.inputs[use.slot];
    const known = weights.get(name);
    const weight = known ?? { tensor: use.tensor, mean: name, variance: write.fresh(`${name}.variance`) };
    if (!known) {
      weights.set(name, weight);
      const zeros = new Float32Array(use.tensor.elementCount);
      graph.initializers.set(weight.variance, TensorClass.fromFloat32(weight.variance, use.tensor.dims, zeros));
    }
    const x = node.inputs[1 - use.slot];
    const square = squares.get(x) ?? write.mul(x, x);
    squares.set(x, square);
    const inputs = use.slot === 1 ? [square, weight.variance] : [weight.variance, square];
    const spread = write.emit('Sqrt', [
      write.plus(write.emit(node.opType, inputs, varianceAttributes(node)), LEAST_VARIANCE),
    ]);
    const epsilon = write.fresh(`${node.outputs[0]}.noise`);
    noise.push({ name: epsilon, dims: own, distribution: 'normal' });
    graph.inputs.push({ name: epsilon, dataType: use.tensor.dataType, dims: [graph.inputs[0].dims![0], ...own] });
    const [output] = node.outputs;
    node.outputs = [write.fresh(`${output}.mean`)];
    const deviation = write.mul(spread, epsilon);
    nodes.push(...write.nodes, createNode('Add', [node.outputs[0], deviation], [output]));
    write.nodes = [];
  }
  graph.nodes = nodes;
  return { weights: [...weights.values()], noise };
}

interface WeightUse {
  readonly tensor: Tensor;
  readonly slot: number;
}

/** Where weights of `chosen` are read, those left out that anything else reads. */
function weightUses({ graph }: Document, chosen: ReadonlySet<Tensor>): Map<Node, WeightUse> {
  const constants = constantsOf(graph);
  const uses = new Map<Node, WeightUse>();
  const otherwise = new Set<Tensor>();
  for (const node of graph.nodes) {
    const slots = node.domain === '' || node.domain === 'ai.onnx' ? (SLOTS[node.opType] ?? []) : [];
    node.inputs.forEach((name, slot) => {
      const tensor = constants.get(name);
      if (!tensor || !chosen.has(tensor)) return;
      if (slots.includes(slot) && !constants.has(node.inputs[1 - slot])) uses.set(node, { tensor, slot });
      else otherwise.add(tensor);
    });
  }
  return new Map([...uses].filter(([, { tensor }]) => !otherwise.has(tensor)));
}

/** Those of the operator; Gemm's factor of the product is squared, and its bias adds nothing. */
function varianceAttributes(node: Node): Readonly<Record<string, AttributeValue>> {
  const attributes = Object.fromEntries(node.attributes);
  if (node.opType !== 'Gemm') return attributes;
  const alpha = floatAttribute(node, 'alpha', 1);
  return { ...attributes, alpha: { kind: 'float', value: alpha * alpha } };
}
