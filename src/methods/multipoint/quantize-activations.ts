import {
  countUses,
  createNode,
  DataType,
  type Document,
  type Graph,
  type GridCoding,
  intAttribute,
  type Node,
  producersOf,
  Tensor,
  type Transform,
  WringError,
} from '../../core/index.js';
import { type Feed, measureRanges } from '../../posterior/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { addInitializer, freshName } from '../../transforms/names.js';

export interface ActivationTargets {
  /** Inputs of the network, to find the ranges of its values. */
  readonly feeds: readonly Feed[];
  readonly runtime: Runtime;
}

/** Operators whose inputs and outputs are worth eight bits: runtimes have them for integers, or need not change a number. */
const INTEGER_OPERATORS = new Set([
  'Conv',
  'MatMul',
  'Gemm',
  'Add',
  'Relu',
  'GlobalAveragePool',
  'AveragePool',
  'Concat',
]);
/** … and of those, the ones that hand numbers on as they are: their results have the range of what they take. */
const MOVERS = new Set(['Gather', 'MaxPool', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity']);
const PER_CHANNEL_SINCE = 13;

/**
 * Rounds the values between layers to eight bits, and says so with QuantizeLinear and DequantizeLinear; the weights of Conv,
 * MatMul and Gemm that are grids become int8 and their biases int32. onnxruntime makes integer operators of that. Ranges are
 * calibrated, see `measureRanges`. Lossy; meant to follow `spellProducts`, for speed and not for size.
 *
 * @throws {WringError} E_UNSUPPORTED below opset 13, where scales cannot be one a channel
 */
export function quantizeActivations({ feeds, runtime }: ActivationTargets): Transform {
  return async (document, context) => {
    const opset = document.opsets.get('') ?? 1;
    if (opset < PER_CHANNEL_SINCE) {
      throw new WringError(
        'E_UNSUPPORTED',
        `Eight-bit activations need opset ${PER_CHANNEL_SINCE}; the model has ${opset}`,
      );
    }
    const { graph } = document;
    const names = [
      ...new Set(graph.nodes.flatMap((node) => (isInteger(node) ? [node.inputs[0], node.outputs[0]] : []))),
    ];
    const ranges = await measureRanges(document, names, feeds, runtime, context);
    const nodes = new ActivationQuantizer(document, graph, ranges).quantize();
    graph.nodes = nodes;
    const uses = countUses(graph);
    for (const name of [...graph.initializers.keys()]) if (!uses.has(name)) graph.initializers.delete(name);
    graph.inputs = graph.inputs.filter(({ name }) => uses.has(name) || !ranges.has(name));
  };
}

function isInteger({ opType, domain }: Node): boolean {
  return domain === '' && INTEGER_OPERATORS.has(opType);
}

interface Eight {
  readonly scale: string;
  readonly zeroPoint: string;
  readonly step: number;
}

class ActivationQuantizer {
  readonly #nodes: Node[] = [];
  readonly #parameters = new Map<string, Eight>();
  readonly #rounded = new Map<string, string>();
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #uses: ReadonlyMap<string, number>;

  constructor(
    readonly document: Document,
    readonly graph: Graph,
    readonly ranges: ReadonlyMap<string, readonly [number, number]>,
  ) {
    this.#producers = producersOf(graph);
    this.#uses = countUses(graph);
  }

  quantize(): Node[] {
    for (const node of this.graph.nodes) {
      // What only a Relu reads is rounded after it.
      const isFused = node.opType === 'Relu' && this.#uses.get(node.inputs[0]) === 1;
      const inputs = isFused ? node.inputs : node.inputs.map((name) => this.#round(name));
      this.#nodes.push({ ...node, inputs: this.#integers(node, inputs) });
    }
    return this.#nodes;
  }

  /** The eight-bit form of a value, as float again; the name itself where there is none. */
  #round(name: string): string {
    const known = this.#rounded.get(name);
    if (known !== undefined) return known;
    const parameters = this.#parametersOf(name);
    if (!parameters) return name;
    const [packed, rounded] = [freshName(this.document, `${name}.u8`), freshName(this.document, `${name}.rounded`)];
    const { scale, zeroPoint } = parameters;
    this.#nodes.push(createNode('QuantizeLinear', [name, scale, zeroPoint], [packed]));
    this.#nodes.push(createNode('DequantizeLinear', [packed, scale, zeroPoint], [rounded]));
    this.#rounded.set(name, rounded);
    return rounded;
  }

  #parametersOf(name: string): Eight | null {
    const known = this.#parameters.get(name);
    if (known) return known;
    const producer = this.#producers.get(name);
    if (producer && producer.domain === '' && MOVERS.has(producer.opType))
      return this.#parametersOf(producer.inputs[0]);
    const range = this.ranges.get(name);
    const isValue = producer ? isInteger(producer) : !this.graph.initializers.has(name);
    if (!range || !isValue) return null;
    const [low, high] = [Math.min(0, range[0]), Math.max(0, range[1])];
    const step = Math.fround((high - low) / 255);
    if (!(step > 0)) return null;
    const zeroPoint = Math.max(0, Math.min(255, Math.round(-low / step)));
    const parameters = {
      step,
      scale: this.#constant(`${name}.scale`, DataType.FLOAT, [], Float32Array.of(step)),
      zeroPoint: this.#constant(`${name}.zero`, DataType.UINT8, [], Uint8Array.of(zeroPoint)),
    };
    this.#parameters.set(name, parameters);
    return parameters;
  }

  /** Weight and bias of a layer as integers, where its input is. */
  #integers(node: Node, inputs: readonly string[]): string[] {
    const coding = this.graph.initializers.get(node.inputs[1])?.coding;
    const input = this.#parametersOf(node.inputs[0]);
    const isLayer = node.domain === '' && ['Conv', 'MatMul', 'Gemm'].includes(node.opType);
    if (!isLayer || !input || coding?.kind !== 'grid' || coding.codes.some((code) => Math.abs(code) > 127))
      return [...inputs];
    const weight = this.graph.initializers.get(node.inputs[1])!;
    const axis = node.opType === 'Conv' || (node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1) ? 0 : 1;
    if (coding.scales.length > 1 && coding.axis !== axis) return [...inputs];
    const changed = [...inputs];
    changed[1] = this.#integerWeight(node.inputs[1], weight, coding, axis);
    const bias = this.graph.initializers.get(node.inputs[2] ?? '');
    if (bias?.dims.length === 1) changed[2] = this.#integerBias(node.inputs[2], bias, coding, input.step);
    return changed;
  }

  #integerWeight(name: string, weight: Tensor, { scales, codes }: GridCoding, axis: number): string {
    const known = this.#rounded.get(`${name} as weight`);
    if (known) return known;
    const integers = this.#constant(`${name}.i8`, DataType.INT8, weight.dims, Int8Array.from(codes));
    const scale = this.#constant(`${name}.scales`, DataType.FLOAT, scales.length > 1 ? [scales.length] : [], scales);
    const output = this.#dequantize(name, integers, scale, scales.length > 1 ? axis : null);
    this.#rounded.set(`${name} as weight`, output);
    return output;
  }

  /** In units of what a product of integers stands for. */
  #integerBias(name: string, bias: Tensor, { scales }: GridCoding, step: number): string {
    const units = bias.toFloat32().map((_, c) => step * scales[scales.length > 1 ? c : 0]);
    const values = Int32Array.from(bias.toFloat32(), (value, c) => Math.round(value / units[c]));
    const integers = this.#constant(`${name}.i32`, DataType.INT32, bias.dims, values);
    return this.#dequantize(name, integers, this.#constant(`${name}.units`, DataType.FLOAT, bias.dims, units), 0);
  }

  #dequantize(name: string, integers: string, scale: string, axis: number | null): string {
    const output = freshName(this.document, `${integers}.${name}`);
    const attributes = axis === null ? {} : { axis: { kind: 'int' as const, value: BigInt(axis) } };
    this.#nodes.push(createNode('DequantizeLinear', [integers, scale], [output], attributes));
    return output;
  }

  #constant(
    name: string,
    dataType: DataType,
    dims: readonly number[],
    values: Float32Array | Int32Array | Int8Array | Uint8Array,
  ): string {
    const bytes = new Uint8Array(values.slice().buffer);
    const tensor = new Tensor(freshName(this.document, name), dataType, dims, bytes);
    addInitializer(this.document, this.graph, tensor);
    return tensor.name;
  }
}
