import { DataType, Document, type Graph, type Tensor, type TransformContext } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { type LayerProbe, layerProbes, listLayers, MAX_COLUMNS, outputShapes } from './layer-probe.js';
import { meanOutputs } from './mean-outputs.js';

/**
 * What flows into one weight tensor, seen as a matrix of output rows by K input columns: the layerwise Hessian of
 * ‖(Ŵ − W)x‖². A grouped convolution has one such matrix a group.
 */
export interface LayerMoments {
  readonly groups: number;
  /** Output rows of all groups together; element (row, column) is at row · rowStride + column · columnStride. */
  readonly rows: number;
  readonly rowStride: number;
  readonly columnStride: number;
  /** K: inputs of one output. */
  readonly columns: number;
  /** Mean of x xᵀ. f32[groups · K · K]. */
  readonly second: Float32Array;
  /** Mean of x. f32[groups · K]. */
  readonly mean: Float32Array;
  /** The bias [rows] that this layer alone adds to its output; null where there is none. */
  readonly bias: Tensor | null;
}

/**
 * Runs the model on `feeds` and gathers the input moments of every Conv, Gemm and MatMul in the main graph whose weight
 * is among `weights`, in constant memory: the sums are formed inside the graph, by the runtime.
 *
 * Patches come from a convolution with one-hot filters, so pads, strides, dilations and groups are those of the layer
 * itself; of very large maps only some positions. A tensor with several users gets the mean over them. Layers with
 * K > {@link MAX_COLUMNS} are left out.
 */
export async function measureSecondMoments(
  document: Document,
  weights: ReadonlySet<Tensor>,
  feeds: readonly Readonly<Record<string, RuntimeTensor>>[],
  runtime: Runtime,
  context: TransformContext,
): Promise<Map<Tensor, LayerMoments>> {
  if (feeds.length === 0) return new Map();
  const layers = listLayers(document, weights);
  const probes = layerProbes(document, layers, await outputShapes(document, layers, feeds[0], runtime));
  if (probes.length === 0) return new Map();
  const probe = withProbes(document, probes);
  const session = await runtime.load(modelBytes(probe));
  try {
    const names = probes.flatMap(({ second, mean }) => [second, mean]);
    return average(probes, await meanOutputs(names, feeds.length, context, (index) => session.run(feeds[index])));
  } finally {
    await session.release();
  }
}

/** A second document over the same tensors whose only outputs are the moments. */
function withProbes(document: Document, probes: readonly LayerProbe[]): Document {
  const graph: Graph = {
    ...document.graph,
    nodes: [...document.graph.nodes],
    initializers: new Map(document.graph.initializers),
    outputs: [],
  };
  for (const probe of probes) {
    graph.nodes.push(...probe.nodes);
    for (const tensor of probe.initializers) graph.initializers.set(tensor.name, tensor);
    for (const name of [probe.second, probe.mean]) graph.outputs.push({ name, dataType: DataType.FLOAT, dims: null });
  }
  return Object.assign(new Document(), document, { graph });
}

/** Over the layers that use a tensor. */
function average(layers: readonly LayerProbe[], means: ReadonlyMap<string, Float64Array>): Map<Tensor, LayerMoments> {
  const moments = new Map<Tensor, LayerMoments>();
  for (const [tensor, probes] of probesByTensor(layers)) {
    const second = averageOf(probes.map((probe) => means.get(probe.second)!));
    const mean = averageOf(probes.map((probe) => means.get(probe.mean)!));
    moments.set(tensor, { ...matrixOf(probes), second, mean });
  }
  return moments;
}

/** How a tensor is a matrix to the layers that use it, and the bias that goes with it where it is one. */
export function matrixOf(probes: readonly LayerProbe[]): Omit<LayerMoments, 'second' | 'mean'> {
  const [{ groups, rows, columns, rowStride, columnStride }] = probes;
  return { groups, rows, columns, rowStride, columnStride, bias: probes.length === 1 ? probes[0].bias : null };
}

/** Those that see one tensor as different matrices are left out. */
export function probesByTensor(layers: readonly LayerProbe[]): Map<Tensor, LayerProbe[]> {
  const users = new Map<Tensor, LayerProbe[]>();
  for (const probe of layers) users.set(probe.tensor, [...(users.get(probe.tensor) ?? []), probe]);
  for (const [tensor, [first, ...others]] of users) {
    const { groups, rowStride } = first;
    if (others.some((probe) => probe.groups !== groups || probe.rowStride !== rowStride)) users.delete(tensor);
  }
  return users;
}

export function averageOf(arrays: readonly Float64Array[]): Float32Array {
  const average = new Float32Array(arrays[0].length);
  for (const values of arrays) for (let i = 0; i < average.length; i++) average[i] += values[i] / arrays.length;
  return average;
}
