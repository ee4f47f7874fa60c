import {
  constantsOf,
  countUses,
  DataType,
  type Document,
  type Graph,
  intAttribute,
  type Node,
  producersOf,
  Tensor,
  type Transform,
} from '../core/index.js';
import { addInitializer, freshName, isOverridable } from './names.js';

/**
 * Puts a BatchNormalization into the Conv, ConvTranspose or Gemm before it:
 *   s = γ / √(σ² + ε),  W' = s W,  b' = s (b − μ) + β.
 * Equal but for rounding: computed in double, rounded once. Only where nothing else reads the layer's output, and all
 * parameters are float constants. A weight with other users stays, for the file would grow by its copy; a shared bias is
 * copied.
 */
export function fuseBatchNorm(): Transform {
  return (document) => {
    for (const graph of document.graphs()) fuseGraph(document, graph);
  };
}

function fuseGraph(document: Document, graph: Graph): void {
  const uses = countUses(graph);
  const producers = producersOf(graph);
  const constants = constantsOf(graph);
  const constant = (name: string | undefined): Tensor | null => {
    const tensor = name ? constants.get(name) : undefined;
    return tensor?.dataType === DataType.FLOAT && !isOverridable(document, graph, name!) ? tensor : null;
  };
  const fused = new Set<Node>();
  for (const norm of graph.nodes) {
    const layer = producers.get(norm.inputs[0]);
    if (!isInference(norm, document.opsets.get('') ?? 0) || !layer || uses.get(norm.inputs[0]) !== 1) continue;
    const weight = constant(layer.inputs[1]);
    const bias = layer.inputs[2] ? constant(layer.inputs[2]) : undefined;
    const affine = affineOf(norm, constant);
    if (!weight || bias === null || !affine || uses.get(layer.inputs[1]) !== 1) continue;
    if (bias && bias.elementCount !== 1 && bias.elementCount !== affine.scale.length) continue;
    const scaled = scaleChannels(layer, weight, affine.scale);
    if (!scaled) continue;
    const before = bias?.toFloat32();
    const shifted = affine.shift.map((shift, c) => shift + affine.scale[c] * (before ? before[c % before.length] : 0));
    if (!shifted.every(Number.isFinite)) continue;
    const put = (input: number, name: string, dims: readonly number[], values: Float32Array) => {
      const tensor = Tensor.fromFloat32(freshName(document, name), dims, values);
      addInitializer(document, graph, tensor);
      layer.inputs[input] = tensor.name;
      constants.set(tensor.name, tensor);
      uses.set(tensor.name, 1);
    };
    put(1, `${layer.inputs[1]}.fused`, weight.dims, scaled);
    put(2, `${layer.inputs[2] || layer.inputs[1]}.shift`, [affine.shift.length], Float32Array.from(shifted));
    layer.outputs[0] = norm.outputs[0];
    producers.set(norm.outputs[0], layer);
    fused.add(norm);
  }
  graph.nodes = graph.nodes.filter((node) => !fused.has(node));
  const gone = new Set([...fused].map((norm) => norm.inputs[0]));
  graph.values = graph.values.filter((value) => !gone.has(value.name));
}

/** Normalization by the stored statistics, over channels, with one output in use. */
function isInference(node: Node, opset: number): boolean {
  if (node.opType !== 'BatchNormalization' || node.domain !== '') return false;
  if (node.outputs.slice(1).some((name) => name !== '')) return false;
  // `spatial` was an attribute until opset 8, `is_test` until opset 6, `training_mode` since opset 14.
  if (opset < 7 && intAttribute(node, 'is_test', 0) === 0) return false;
  return intAttribute(node, 'spatial', 1) === 1 && intAttribute(node, 'training_mode', 0) === 0;
}

function affineOf(
  norm: Node,
  constant: (name: string | undefined) => Tensor | null,
): { scale: Float64Array; shift: Float64Array } | null {
  const parameters = norm.inputs.slice(1, 5).map((name) => constant(name)?.toFloat32());
  const [gamma, beta, mean, variance] = parameters;
  if (!gamma || !beta || !mean || !variance) return null;
  const epsilon = norm.attributes.get('epsilon');
  const floor = epsilon?.kind === 'float' ? epsilon.value : Math.fround(1e-5);
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + floor));
  return { scale, shift: Float64Array.from(beta, (value, c) => value - mean[c] * scale[c]) };
}

/** The weights with every output channel scaled; null for a layer that has no such form. */
function scaleChannels(layer: Node, weight: Tensor, scale: Float64Array): Float32Array | null {
  const channelOf = channelLookup(layer, weight.dims);
  if (!channelOf || layer.domain !== '') return null;
  const values = weight.toFloat32();
  for (let i = 0; i < values.length; i++) {
    const channel = channelOf(i);
    if (channel >= scale.length) return null;
    values[i] = values[i] * scale[channel];
  }
  return values.every(Number.isFinite) ? values : null;
}

function channelLookup(layer: Node, dims: readonly number[]): ((index: number) => number) | null {
  const inner = (axis: number) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  if (layer.opType === 'Conv') return (index) => Math.floor(index / inner(0));
  if (layer.opType === 'ConvTranspose') {
    const groups = intAttribute(layer, 'group', 1);
    const perGroup = dims[0] / groups;
    const [row, column] = [inner(0), inner(1)];
    return (index) => Math.floor(Math.floor(index / row) / perGroup) * dims[1] + (Math.floor(index / column) % dims[1]);
  }
  if (layer.opType !== 'Gemm' || floatOf(layer, 'alpha', 1) !== 1 || floatOf(layer, 'beta', 1) !== 1) return null;
  return intAttribute(layer, 'transB', 0) ? (index) => Math.floor(index / dims[1]) : (index) => index % dims[1];
}

function floatOf(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : fallback;
}
