import {
  bitsPerElement,
  createNode,
  DataType,
  type Dimension,
  Document,
  type Node,
  type Value,
  WringError,
} from '../../core/index.js';
import { modelBytes } from '../../onnx/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor } from '../../runtime/runtime.js';
import { type FreeSizes, Shapes } from './shapes.js';

/** Two sizes of whatever stands first: samples. */
const BATCH = [2, 3] as const;

/**
 * Two sizes for every other free dimension, the n-th of them `step` · n larger: tried in this order. Large ones first, for
 * a picture of 6 × 6 shrinks to one point, which then looks fixed; but a language model may not take long texts.
 */
const OTHERS: readonly { readonly sizes: readonly number[]; readonly step: number }[] = [
  { sizes: [64, 160], step: 32 },
  { sizes: [24, 40], step: 8 },
  { sizes: [5, 8], step: 1 },
];

/** Their results are no tensors. */
const NO_TENSOR = /^(Sequence.*|SplitToSequence|Optional|OptionalGetElement)$/;

/**
 * Learns the dims of every value in the main graph from two runs on zeros that differ in every free size: what is equal in
 * both is fixed. No inference of our own, so any operator will do, and arithmetic on shapes too.
 *
 * @param known sizes of names that an earlier probe found, for a graph that was made from what it told
 * @throws {WringError} E_RUNTIME when the model runs at no sizes tried
 */
export async function probeShapes(document: Document, runtime: Runtime, known?: FreeSizes): Promise<Shapes> {
  const { graph } = document;
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const nodes = graph.nodes.filter((node) => !NO_TENSOR.test(node.opType));
  const names = nodes.flatMap((node) => node.outputs.filter(Boolean));
  const session = await runtime.load(modelBytes(withShapes(document, names)), { optimization: 'disabled' });
  try {
    const { runs, free } = await runTwice(session, inputs, known);
    const merge = new DimensionNames(free);
    const dims = new Map<string, readonly Dimension[]>();
    for (const [name, tensor] of graph.initializers) dims.set(name, tensor.dims);
    for (const { values, dims: sparse } of graph.sparseInitializers) dims.set(values.name, sparse);
    for (const input of inputs) dims.set(input.name, merge.dims(sizesOf(input, free, 0), sizesOf(input, free, 1)));
    names.forEach((name, i) => {
      const [a, b] = runs.map((outputs) => Array.from(outputs[shapeName(i)].data as BigInt64Array, Number));
      dims.set(name, merge.dims(a, b));
    });
    return new Shapes(dims, merge.free);
  } finally {
    await session.release();
  }
}

/** Names for pairs of sizes. Free dims of one pair are one dim, whatever they are called. */
class DimensionNames {
  readonly #names = new Map<string, string>();
  readonly free: Map<string, readonly [number, number]>;

  constructor(free: FreeSizes) {
    this.free = new Map(free);
    for (const [name, sizes] of [...free].reverse()) this.#names.set(sizes.join(), name);
  }

  dims(a: readonly number[], b: readonly number[]): Dimension[] {
    return a.map((size, axis) => (size === b[axis] ? size : this.#name(size, b[axis])));
  }

  /** One that follows from the free sizes of inputs gets a name of its own. */
  #name(a: number, b: number): string {
    const known = this.#names.get(`${a},${b}`);
    if (known !== undefined) return known;
    const name = `wring.size.${this.#names.size}`;
    this.#names.set(`${a},${b}`, name);
    this.free.set(name, [a, b]);
    return name;
  }
}

/** The same graph with nothing but the shapes of `names` as outputs. */
function withShapes(document: Document, names: readonly string[]): Document {
  const nodes: Node[] = names.map((name, i) => createNode('Shape', [name], [shapeName(i)]));
  const outputs = names.map((_, i): Value => ({ name: shapeName(i), dataType: DataType.INT64, dims: null }));
  const graph = { ...document.graph, nodes: [...document.graph.nodes, ...nodes], outputs };
  return Object.assign(new Document(), document, { graph });
}

function shapeName(index: number): string {
  return `wring.shape.${index}`;
}

type Run = Record<string, RuntimeTensor>;

async function runTwice(
  session: RuntimeSession,
  inputs: readonly Value[],
  known: FreeSizes | undefined,
): Promise<{ runs: Run[]; free: FreeSizes }> {
  let refused: unknown;
  for (const free of known ? [known] : OTHERS.map(({ sizes, step }) => freeSizes(inputs, sizes, step))) {
    try {
      const first = await session.run(zeros(session, inputs, free, 0));
      const second = await session.run(zeros(session, inputs, free, 1));
      return { runs: [first, second], free };
    } catch (cause) {
      refused = cause;
    }
  }
  const reason = refused instanceof Error ? refused.message : String(refused);
  throw new WringError('E_RUNTIME', `Shapes: the model runs at no size tried; give its inputs fixed dims (${reason})`, {
    cause: refused,
  });
}

function freeSizes(inputs: readonly Value[], [low, high]: readonly number[], step: number): FreeSizes {
  const free = new Map<string, readonly [number, number]>();
  let others = 0;
  for (const { name, dims } of inputs) {
    dims?.forEach((dim, axis) => {
      const symbol = symbolOf(name, dim, axis);
      if (typeof symbol === 'number' || free.has(symbol)) return;
      const extra = axis === 0 ? 0 : step * others++;
      free.set(symbol, axis === 0 ? BATCH : [low + extra, high + extra]);
    });
  }
  return free;
}

/** Unnamed first dims are one and the same: the batch. */
function symbolOf(input: string, dim: Dimension, axis: number): number | string {
  if (typeof dim === 'number' && dim >= 0) return dim;
  return (typeof dim === 'string' && dim) || (axis === 0 ? 'batch' : `${input}.${axis}`);
}

function sizesOf({ name, dims }: Value, free: FreeSizes, run: number): number[] {
  return (dims ?? []).map((dim, axis) => {
    const symbol = symbolOf(name, dim, axis);
    return typeof symbol === 'number' ? symbol : free.get(symbol)![run];
  });
}

function zeros(session: RuntimeSession, inputs: readonly Value[], free: FreeSizes, run: number): Run {
  const types = new Map(session.inputs.map(({ name, dataType }) => [name, dataType]));
  return Object.fromEntries(
    inputs.map((input) => {
      const dims = sizesOf(input, free, run);
      const dataType = types.get(input.name) ?? DataType.FLOAT;
      const count = dims.reduce((product, dim) => product * dim, 1);
      return [input.name, { dataType, dims, data: zeroData(dataType, count) }];
    }),
  );
}

function zeroData(dataType: DataType, count: number): RuntimeTensor['data'] {
  if (dataType === DataType.FLOAT) return new Float32Array(count);
  if (dataType === DataType.DOUBLE) return new Float64Array(count);
  const signed = dataType === DataType.INT8 || dataType === DataType.INT16 || dataType === DataType.INT32;
  switch (bitsPerElement(dataType)) {
    case 8:
      return signed ? new Int8Array(count) : new Uint8Array(count);
    case 16:
      return signed ? new Int16Array(count) : new Uint16Array(count);
    case 32:
      return signed ? new Int32Array(count) : new Uint32Array(count);
    default:
      return dataType === DataType.INT64 ? new BigInt64Array(count) : new BigUint64Array(count);
  }
}
