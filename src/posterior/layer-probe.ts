import {
  type Attribute,
  constantsOf,
  countUses,
  createNode,
  DataType,
  Document,
  floatAttribute,
  intAttribute,
  type Node,
  Tensor,
} from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import type { LayerMoments } from './second-moment.js';

/** Longer rows are not measured: K × K matrices would no longer be small beside the model. */
export const MAX_COLUMNS = 1536;

/** Patches of one layer in one run, as floats: 64 MB. Where there are more, only every n-th position is looked at. */
const MAX_PATCHES = 1 << 24;

/** Names of the outputs that hold moments. */
export interface MomentNames {
  readonly second: string;
  readonly mean: string;
}

/** Nodes that turn a layer's input into its two moments, and what is known of the layer. */
export interface LayerProbe extends Omit<LayerMoments, 'second' | 'mean'>, MomentNames {
  readonly tensor: Tensor;
  readonly nodes: Node[];
  readonly initializers: Tensor[];
  /** Means of what it is to put out, of its squares and of its products with the input; null unless asked for. */
  readonly aim: { readonly mean: string; readonly power: string; readonly cross: string } | null;
  /** Products of its input with another one; null unless asked for. */
  readonly cross: string | null;
}

/** Names of values of the same network as it was, which a layer is measured beside. */
export interface Beside {
  /** What it put out, without its bias: see {@link plainOutput}. */
  readonly output: string;
  /** What is added to the layer's output, before and now; null where nothing is. */
  readonly shortcut: { readonly before: string; readonly now: string } | null;
  /** What flowed into it; null where its products are not asked for. */
  readonly input: string | null;
}

/** A Conv, Gemm or MatMul of the main graph whose weight is to be measured. */
export interface Layer {
  readonly node: Node;
  readonly tensor: Tensor;
  /** What this layer alone adds to its output, at the same factor as its products. */
  readonly bias: Tensor | null;
  /** Of its products in its output. */
  readonly factor: number;
}

/** Every Conv, Gemm and MatMul in the main graph whose weight is among `weights`, in the order of the graph. */
export function listLayers(document: Document, weights: ReadonlySet<Tensor>): Layer[] {
  const constants = constantsOf(document.graph);
  const uses = countUses(document.graph);
  const biasOf = (node: Node): Tensor | null => {
    if (node.opType === 'MatMul' || floatAttribute(node, 'alpha', 1) !== floatAttribute(node, 'beta', 1)) return null;
    const bias = constants.get(node.inputs[2]);
    return bias?.dataType === DataType.FLOAT && uses.get(node.inputs[2]) === 1 ? bias : null;
  };
  const layers: Layer[] = [];
  for (const node of document.graph.nodes) {
    const tensor = constants.get(node.inputs[1]);
    const isLayer = node.domain === '' && ['Conv', 'Gemm', 'MatMul'].includes(node.opType);
    if (!isLayer || tensor?.dataType !== DataType.FLOAT || !weights.has(tensor)) continue;
    layers.push({ node, tensor, bias: biasOf(node), factor: floatAttribute(node, 'alpha', 1) });
  }
  return layers;
}

/**
 * Probes for layers, but for those of more than {@link MAX_COLUMNS} columns.
 *
 * @param shapes of what the layers put out, see {@link outputShapes}
 */
export function layerProbes(
  document: Document,
  layers: readonly Layer[],
  shapes: readonly (readonly number[])[],
): LayerProbe[] {
  const probes: LayerProbe[] = [];
  layers.forEach((layer, i) => {
    const probe = layerProbe(document, layer, shapes[i], probes.length, null);
    if (probe) probes.push(probe);
  });
  return probes;
}

/**
 * @param shape of what the layer puts out
 * @param place among the probes of one graph
 * @returns null for a layer of more than `mostColumns` columns, or of another form
 */
export function layerProbe(
  document: Document,
  layer: Layer,
  shape: readonly number[],
  place: number,
  beside: Beside | null,
  mostColumns = MAX_COLUMNS,
): LayerProbe | null {
  const opset = document.opsets.get('') ?? 1;
  const probe = new ProbeBuilder(`wring.probe.${place}`, opset, shape, beside).build(layer);
  return probe && probe.columns <= mostColumns ? probe : null;
}

/** @param feed of the size of those that probes will run on */
export async function outputShapes(
  document: Document,
  layers: readonly Layer[],
  feed: Readonly<Record<string, RuntimeTensor>>,
  runtime: Runtime,
): Promise<number[][]> {
  return valueShapes(
    document,
    layers.map(({ node }) => node.outputs[0]),
    feed,
    runtime,
  );
}

/** Of values of the main graph. */
export async function valueShapes(
  document: Document,
  values: readonly string[],
  feed: Readonly<Record<string, RuntimeTensor>>,
  runtime: Runtime,
): Promise<number[][]> {
  if (values.length === 0) return [];
  const names = values.map((_, i) => `wring.shape.${i}`);
  const nodes = values.map((value, i) => createNode('Shape', [value], [names[i]]));
  const outputs = names.map((name) => ({ name, dataType: DataType.INT64, dims: null }));
  const { graph } = document;
  const asked = Object.assign(new Document(), document, {
    graph: { ...graph, nodes: [...graph.nodes, ...nodes], outputs },
  });
  const session = await runtime.load(modelBytes(asked));
  try {
    const found = await session.run(feed);
    return names.map((name) => Array.from(found[name].data as BigInt64Array, Number));
  } finally {
    await session.release();
  }
}

/**
 * Nodes that compute X W of a layer that a probe is for: what it puts out without its bias, nor a factor of Gemm.
 *
 * @param name of the result: as the layer's output, or [n, rows]
 */
export function plainOutput({ node, tensor }: Layer, { rowStride, columns }: LayerProbe, name: string) {
  const [x, weight] = node.inputs;
  if (node.opType === 'Conv') {
    const nodes = [createNode('Conv', [x, weight], [name], Object.fromEntries(node.attributes))];
    return { name, nodes, initializers: [] };
  }
  const shape = Tensor.fromInt64s(`${name}.shape`, [2], [-1, columns]);
  const samples = createNode('Reshape', [x, shape.name], [`${name}.samples`]);
  const turned = createNode('Transpose', [weight], [`${name}.weight`], { perm: ints([1, 0]) });
  const isTurned = rowStride !== 1 || tensor.dims[0] !== columns;
  const product = createNode('MatMul', [samples.outputs[0], isTurned ? turned.outputs[0] : weight], [name]);
  return { name, nodes: isTurned ? [samples, turned, product] : [samples, product], initializers: [shape] };
}

/** How the nodes are written of a layer's inputs, and of values like its outputs. */
interface Sums {
  /** One row of the moments for every column of the weight. */
  readonly patchesOf: (input: string) => string;
  readonly outputsOf: (output: string) => string;
  /** Mean of products of two of them. */
  readonly productOf: (a: string, b: string) => string;
  readonly meanOf: (a: string) => string;
}

/** Writes the nodes that turn a layer's input into its two moments. */
class ProbeBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: Tensor[] = [];
  #names = 0;

  constructor(
    readonly prefix: string,
    readonly opset: number,
    /** Of what the layer puts out. */
    readonly shape: readonly number[],
    readonly beside: Beside | null,
  ) {}

  build(layer: Layer): LayerProbe | null {
    const { node, tensor } = layer;
    if (node.opType === 'Conv') return this.#conv(layer);
    if (node.opType === 'Gemm') return intAttribute(node, 'transA', 0) === 0 ? this.#dense(layer) : null;
    if (node.opType === 'MatMul') return tensor.dims.length === 2 ? this.#dense(layer) : null;
    return null;
  }

  #conv({ node, tensor, bias }: Layer): LayerProbe | null {
    const groups = intAttribute(node, 'group', 1);
    const [rows, channelsPerGroup, ...kernel] = tensor.dims;
    const taps = kernel.reduce((product, size) => product * size, 1);
    const columns = channelsPerGroup * taps;
    const channels = channelsPerGroup * groups;
    const [batch, , ...space] = this.shape;
    const thinning = thinningOf(batch * channels * taps, space);
    // Padding that follows from the stride would shift the positions.
    if (thinning > 1 && padsByStride(node)) return null;
    const oneHot = new Float32Array(channels * taps * taps);
    for (let c = 0; c < channels; c++) for (let t = 0; t < taps; t++) oneHot[(c * taps + t) * taps + t] = 1;
    const filters = this.#constant(Tensor.fromFloat32('', [channels * taps, 1, ...kernel], oneHot));
    const attributes = new Map<string, Attribute>(node.attributes);
    attributes.set('group', { kind: 'int', value: BigInt(channels) });
    attributes.set('kernel_shape', { kind: 'ints', value: kernel.map(BigInt) });
    const strides = attributes.get('strides');
    const given = strides?.kind === 'ints' ? strides.value : kernel.map(() => 1n);
    attributes.set('strides', { kind: 'ints', value: given.map((stride) => stride * BigInt(thinning)) });
    // [batch, groups, rows / groups, positions]
    const outputsOf = (output: string) => {
      const some = thinning === 1 ? output : this.#everyNth(output, thinning, kernel.length);
      return this.#emit('Reshape', [some, this.#ints([0, groups, rows / groups, -1])]);
    };
    // [batch, groups, columns, positions]
    const patchesOf = (input: string) => {
      const patches = this.#emit('Conv', [input, filters]);
      this.#nodes.at(-1)!.attributes = attributes;
      return this.#emit('Reshape', [patches, this.#ints([0, groups, columns, -1])]);
    };
    const productOf = (a: string, b: string) => {
      const turned = this.#emit('Transpose', [b], { perm: ints([0, 1, 3, 2]) });
      const products = this.#emit('MatMul', [a, turned]);
      return this.#emit('Div', [this.#reduce('ReduceMean', products, 0, 18), this.#dimension(a, 3)]);
    };
    const meanOf = (a: string) => this.#reduce('ReduceMean', this.#reduce('ReduceMean', a, 3, 18), 0, 18);
    const matrix = { groups, rows, columns, rowStride: columns, columnStride: 1 };
    return this.#finish(node, { tensor, bias, ...matrix }, { patchesOf, outputsOf, productOf, meanOf });
  }

  #dense({ node, tensor, bias }: Layer): LayerProbe | null {
    const transposed = node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1;
    const [outer, inner] = tensor.dims;
    const columns = transposed ? inner : outer;
    const matrix = transposed
      ? { groups: 1, rows: outer, columns, rowStride: inner, columnStride: 1 }
      : { groups: 1, rows: inner, columns, rowStride: 1, columnStride: inner };
    const patchesOf = (input: string) => this.#emit('Reshape', [input, this.#ints([-1, columns])]);
    const outputsOf = (output: string) => this.#emit('Reshape', [output, this.#ints([-1, matrix.rows])]);
    const productOf = (a: string, b: string) => {
      const turned = this.#emit('Transpose', [a], { perm: ints([1, 0]) });
      return this.#emit('Div', [this.#emit('MatMul', [turned, b]), this.#dimension(a, 0)]);
    };
    const meanOf = (a: string) => this.#reduce('ReduceMean', a, 0, 18);
    return this.#finish(node, { tensor, bias, ...matrix }, { patchesOf, outputsOf, productOf, meanOf });
  }

  #finish(
    node: Node,
    known: Pick<LayerProbe, 'tensor' | 'bias' | 'groups' | 'rows' | 'columns' | 'rowStride' | 'columnStride'>,
    { patchesOf, outputsOf, productOf, meanOf }: Sums,
  ): LayerProbe {
    const momentsOf = (a: string) => ({ second: productOf(a, a), mean: meanOf(a) });
    const own = patchesOf(node.inputs[0]);
    const moments = momentsOf(own);
    const aim = this.beside && this.#aim(this.beside, outputsOf);
    return {
      ...known,
      ...moments,
      aim: aim === null ? null : { mean: meanOf(aim), power: this.#powerOf(aim, meanOf), cross: productOf(own, aim) },
      cross: this.beside?.input ? productOf(own, patchesOf(this.beside.input)) : null,
      nodes: this.#nodes,
      initializers: this.#initializers,
    };
  }

  #powerOf(a: string, meanOf: Sums['meanOf']): string {
    return meanOf(this.#emit('Mul', [a, a]));
  }

  /** What the layer put out, and what its shortcut has lost. */
  #aim({ output, shortcut }: Beside, outputsOf: Sums['outputsOf']): string {
    const before = outputsOf(output);
    if (shortcut === null) return before;
    return this.#emit('Add', [before, outputsOf(this.#emit('Sub', [shortcut.before, shortcut.now]))]);
  }

  /** Every n-th position of [batch, channels, …], from the first on. */
  #everyNth(input: string, n: number, axes: number): string {
    const of = (size: number) => ints(Array.from({ length: axes }, () => size));
    return this.#emit('MaxPool', [input], { kernel_shape: of(1), strides: of(n) });
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
    return this.#constant(Tensor.fromInt64s('', [values.length], values));
  }

  #constant(tensor: Tensor): string {
    tensor.name = `${this.prefix}.${this.#names++}`;
    this.#initializers.push(tensor);
    return tensor.name;
  }
}

/** auto_pad SAME_UPPER or SAME_LOWER. */
function padsByStride(node: Node): boolean {
  const automatic = node.attributes.get('auto_pad');
  return automatic?.kind === 'string' && new TextDecoder().decode(automatic.value).startsWith('SAME');
}

/** The least n for which every n-th position in each direction makes no more than {@link MAX_PATCHES} numbers. */
function thinningOf(perPosition: number, space: readonly number[]): number {
  for (let n = 1; ; n++) {
    const positions = space.reduce((product, size) => product * Math.ceil(size / n), 1);
    if (positions * perPosition <= MAX_PATCHES || space.every((size) => size <= n)) return n;
  }
}

function ints(values: number[]): Attribute {
  return { kind: 'ints', value: values.map(BigInt) };
}
