import { DataType, Document, type Graph, stopIfAborted, type Tensor, type TransformContext } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { type LayerProbe, layerProbes, MAX_COLUMNS } from './layer-probe.js';

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
  const probes = await layerProbes(document, weights, feeds[0], runtime);
  if (probes.length === 0) return new Map();
  const probe = withProbes(document, probes);
  const session = await runtime.load(modelBytes(probe));
  const sums = new Map<LayerProbe, { second: Float64Array; mean: Float64Array }>();
  try {
    for (const [index, feed] of feeds.entries()) {
      stopIfAborted(context.signal, 'measuring input moments');
      const outputs = await session.run(feed);
      for (const layer of probes) {
        const sum = sums.get(layer) ?? {
          second: new Float64Array(layer.groups * layer.columns ** 2),
          mean: new Float64Array(layer.groups * layer.columns),
        };
        sums.set(layer, sum);
        accumulate(sum.second, outputs[layer.second].data as Float32Array);
        accumulate(sum.mean, outputs[layer.mean].data as Float32Array);
      }
      context.onProgress({ step: 'input moments', done: index + 1, total: feeds.length });
    }
  } finally {
    await session.release();
  }
  return average(sums, feeds.length);
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

function average(
  sums: Map<LayerProbe, { second: Float64Array; mean: Float64Array }>,
  runs: number,
): Map<Tensor, LayerMoments> {
  const users = new Map<Tensor, LayerProbe[]>();
  for (const probe of sums.keys()) users.set(probe.tensor, [...(users.get(probe.tensor) ?? []), probe]);
  const moments = new Map<Tensor, LayerMoments>();
  for (const [tensor, probes] of users) {
    const [{ groups, rows, columns, rowStride, columnStride }] = probes;
    if (probes.some((probe) => probe.groups !== groups || probe.rowStride !== rowStride)) continue;
    const bias = probes.length === 1 ? probes[0].bias : null;
    const second = new Float32Array(groups * columns ** 2);
    const mean = new Float32Array(groups * columns);
    for (const probe of probes) {
      const sum = sums.get(probe)!;
      for (let i = 0; i < second.length; i++) second[i] += sum.second[i] / (runs * probes.length);
      for (let i = 0; i < mean.length; i++) mean[i] += sum.mean[i] / (runs * probes.length);
    }
    moments.set(tensor, { groups, rows, columns, rowStride, columnStride, second, mean, bias });
  }
  return moments;
}

function accumulate(sum: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}
