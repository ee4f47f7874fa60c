import {
  type Attribute,
  constantsOf,
  countUses,
  createNode,
  DataType,
  Document,
  type Graph,
  intAttribute,
  type Node,
  Tensor,
  type TransformContext,
} from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';

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

/** Longer rows are not measured: K × K matrices would no longer be small beside the model. */
export const MAX_COLUMNS = 1536;

/**
 * Runs the model on `feeds` and gathers the input moments of every Conv, Gemm and MatMul in the main graph whose weight
 * is among `weights`, in constant memory: the sums are formed inside the graph, by the runtime.
 *
 * Patches come from a convolution with one-hot filters, so pads, strides, dilations and groups are those of the layer
 * itself. A tensor with several users gets the mean over them. Layers with K > {@link MAX_COLUMNS} are left out.
 */
export async function measureSecondMoments(
  document: Document,
  weights: ReadonlySet<Tensor>,
  feeds: readonly Readonly<Record<string, RuntimeTensor>>[],
  runtime: Runtime,
  context: TransformContext,
): Promise<Map<Tensor, LayerMoments>> {
  const probes = layerProbes(document, weights);
  if (probes.length === 0) return new Map();
  const probe = withProbes(document, probes);
  const session = await runtime.load(modelBytes(probe));
  const sums = new Map<LayerProbe, { second: Float64Array; mean: Float64Array }>();
  try {
    for (const [index, feed] of feeds.entries()) {
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

interface LayerProbe extends Omit<LayerMoments, 'second' | 'mean'> {
  readonly tensor: Tensor;
  readonly nodes: Node[];
  readonly initializers: Tensor[];
  /** Names of the two outputs. */
  readonly second: string;
  readonly mean: string;
}

function layerProbes(document: Document, weights: ReadonlySet<Tensor>): LayerProbe[] {
  const constants = constantsOf(document.graph);
  const opset = document.opsets.get('') ?? 1;
  const uses = countUses(document.graph);
  const biasOf = (node: Node): Tensor | null => {
    const bias = node.opType === 'MatMul' ? undefined : constants.get(node.inputs[2]);
    return bias?.dataType === DataType.FLOAT && uses.get(node.inputs[2]) === 1 ? bias : null;
  };
  const probes: LayerProbe[] = [];
  for (const node of document.graph.nodes) {
    if (node.domain !== '') continue;
    const tensor = constants.get(node.inputs[1]);
    if (!tensor || tensor.dataType !== DataType.FLOAT || !weights.has(tensor)) continue;
    const probe = new ProbeBuilder(`wring.probe.${probes.length}`, opset).build(node, tensor, biasOf(node));
    if (probe) probes.push(probe);
  }
  return probes;
}

/** Writes the nodes that turn a layer's input into its two moments. */
class ProbeBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: Tensor[] = [];
  #names = 0;

  constructor(
    readonly prefix: string,
    readonly opset: number,
  ) {}

  build(node: Node, tensor: Tensor, bias: Tensor | null): LayerProbe | null {
    if (node.opType === 'Conv') return this.#conv(node, tensor, bias);
    if (node.opType === 'Gemm') return intAttribute(node, 'transA', 0) === 0 ? this.#dense(node, tensor, bias) : null;
    if (node.opType === 'MatMul') return tensor.dims.length === 2 ? this.#dense(node, tensor, bias) : null;
    return null;
  }

  #conv(node: Node, tensor: Tensor, bias: Tensor | null): LayerProbe | null {
    const groups = intAttribute(node, 'group', 1);
    const [rows, channelsPerGroup, ...kernel] = tensor.dims;
    const taps = kernel.reduce((product, size) => product * size, 1);
    const columns = channelsPerGroup * taps;
    if (columns > MAX_COLUMNS) return null;
    const channels = channelsPerGroup * groups;
    const oneHot = new Float32Array(channels * taps * taps);
    for (let c = 0; c < channels; c++) for (let t = 0; t < taps; t++) oneHot[(c * taps + t) * taps + t] = 1;
    const filters = this.#constant(Tensor.fromFloat32('', [channels * taps, 1, ...kernel], oneHot));
    const attributes = new Map<string, Attribute>(node.attributes);
    attributes.set('group', { kind: 'int', value: BigInt(channels) });
    attributes.set('kernel_shape', { kind: 'ints', value: kernel.map(BigInt) });
    const patches = this.#emit('Conv', [node.inputs[0], filters]);
    this.#nodes.at(-1)!.attributes = attributes;
    const split = this.#emit('Reshape', [patches, this.#ints([0, groups, columns, -1])]);
    const turned = this.#emit('Transpose', [split], { perm: ints([0, 1, 3, 2]) });
    const products = this.#emit('MatMul', [split, turned]);
    const length = this.#dimension(split, 3);
    const second = this.#emit('Div', [this.#reduce('ReduceMean', products, 0, 18), length]);
    const mean = this.#reduce('ReduceMean', this.#reduce('ReduceMean', split, 3, 18), 0, 18);
    const matrix = { groups, rows, columns, rowStride: columns, columnStride: 1 };
    return { tensor, bias, ...matrix, nodes: this.#nodes, initializers: this.#initializers, second, mean };
  }

  #dense(node: Node, tensor: Tensor, bias: Tensor | null): LayerProbe | null {
    const transposed = node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1;
    const [outer, inner] = tensor.dims;
    const columns = transposed ? inner : outer;
    if (columns > MAX_COLUMNS) return null;
    const matrix = transposed
      ? { groups: 1, rows: outer, columns, rowStride: inner, columnStride: 1 }
      : { groups: 1, rows: inner, columns, rowStride: 1, columnStride: inner };
    const samples = this.#emit('Reshape', [node.inputs[0], this.#ints([-1, columns])]);
    const turned = this.#emit('Transpose', [samples], { perm: ints([1, 0]) });
    const product = this.#emit('MatMul', [turned, samples]);
    const length = this.#dimension(samples, 0);
    const second = this.#emit('Div', [product, length]);
    const mean = this.#reduce('ReduceMean', samples, 0, 18);
    return { tensor, bias, ...matrix, nodes: this.#nodes, initializers: this.#initializers, second, mean };
  }

  /** Reduces one axis away. From `inputSince` on the operator takes its axes as an input. */
  #reduce(opType: string, input: string, axis: number, inputSince: number): string {
    const keep = { keepdims: { kind: 'int', value: 0n } } as const;
    if (this.opset >= inputSince) return this.#emit(opType, [input, this.#ints([axis])], keep);
    return this.#emit(opType, [input], { ...keep, axes: ints([axis]) });
  }

  /** One dimension of a value, as a float [1]. */
  #dimension(input: string, axis: number): string {
    const size = this.#emit('Gather', [this.#emit('Shape', [input]), this.#ints([axis])]);
    return this.#emit('Cast', [size], { to: { kind: 'int', value: 1n } });
  }

  #emit(opType: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    const output = `${this.prefix}.${this.#names++}`;
    this.#nodes.push(createNode(opType, inputs, [output], attributes));
    return output;
  }

  #ints(values: number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    return this.#constant(new Tensor('', DataType.INT64, [values.length], bytes));
  }

  #constant(tensor: Tensor): string {
    tensor.name = `${this.prefix}.${this.#names++}`;
    this.#initializers.push(tensor);
    return tensor.name;
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

function ints(values: number[]): Attribute {
  return { kind: 'ints', value: values.map(BigInt) };
}
