import { type AttributeValue, createNode, DataType, Document, Tensor, type Value } from '../src/core/index.js';

const IR_VERSION = 8;
const OPSET = 17;

/** A value in the graph, and its dims without the batch. */
export interface Edge {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface ConvOptions {
  /** Height and width, odd (default: 3). */
  readonly kernel?: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros around the image, so that padding keeps the size at stride 1 (default: true). */
  readonly padded?: boolean;
  /** Default: false. */
  readonly bias?: boolean;
}

/**
 * Writes an ONNX graph layer after layer. A layer's node, the value that it gives and its tensors bear the name that it is
 * called by. Weights are zeros until `train` with `fromScratch` draws them.
 */
export class Network {
  readonly document = new Document();

  constructor(name: string) {
    this.document.irVersion = IR_VERSION;
    this.document.opsets.set('', OPSET);
    this.document.graph.name = name;
  }

  input(name: string, dims: readonly number[], dataType: DataType = DataType.FLOAT): Edge {
    this.document.graph.inputs.push(valueInfo({ name, dims }, dataType));
    return { name, dims };
  }

  /** Ends the graph: the last node gives `logits`. */
  output({ dims }: Edge): Document {
    const { graph } = this.document;
    graph.nodes.at(-1)!.outputs = ['logits'];
    graph.outputs.push(valueInfo({ name: 'logits', dims }, DataType.FLOAT));
    return this.document;
  }

  /** Weight [outputs, inputs, kernel, kernel]. */
  conv(name: string, x: Edge, outputs: number, options: ConvOptions = {}): Edge {
    const { kernel = 3, stride = 1, padded = true, bias = false } = options;
    const [inputs, height, width] = x.dims;
    const tensors = [this.weight(`${name}.weight`, [outputs, inputs, kernel, kernel])];
    if (bias) tensors.push(this.weight(`${name}.bias`, [outputs]));
    const pad = padded ? (kernel - 1) / 2 : 0;
    const attributes = {
      kernel_shape: ints(kernel, kernel),
      pads: ints(pad, pad, pad, pad),
      strides: ints(stride, stride),
    };
    const sizeOfSide = (side: number) => Math.floor((side + 2 * pad - kernel) / stride) + 1;
    const dims = [outputs, sizeOfSide(height), sizeOfSide(width)];
    return this.call(name, 'Conv', [x.name, ...tensors], dims, attributes);
  }

  /** Per channel: scale, bias, mean, variance. */
  batchNorm(name: string, x: Edge): Edge {
    const fields = ['scale', 'bias', 'mean', 'variance'];
    const tensors = fields.map((field) => this.weight(`${name}.${field}`, [x.dims[0]]));
    return this.call(name, 'BatchNormalization', [x.name, ...tensors], x.dims, {
      epsilon: { kind: 'float', value: 1e-5 },
    });
  }

  relu(name: string, x: Edge): Edge {
    return this.call(name, 'Relu', [x.name], x.dims);
  }

  /** Conv → BatchNormalization → Relu. */
  block(name: string, x: Edge, outputs: number, options: ConvOptions = {}): Edge {
    return this.relu(`${name}.relu`, this.batchNorm(`${name}.normal`, this.conv(name, x, outputs, options)));
  }

  add(name: string, a: Edge, b: Edge): Edge {
    return this.call(name, 'Add', [a.name, b.name], a.dims);
  }

  /** 2 × 2, stride 2. */
  maxPool(name: string, x: Edge): Edge {
    const [channels, height, width] = x.dims;
    const dims = [channels, Math.floor(height / 2), Math.floor(width / 2)];
    return this.call(name, 'MaxPool', [x.name], dims, { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  }

  globalAveragePool(name: string, x: Edge): Edge {
    return this.call(name, 'GlobalAveragePool', [x.name], [x.dims[0], 1, 1]);
  }

  flatten(name: string, x: Edge): Edge {
    return this.call(name, 'Flatten', [x.name], [sizeOf(x.dims)]);
  }

  /** [inputs] → [outputs]; weight [outputs, inputs]. */
  dense(name: string, x: Edge, outputs: number): Edge {
    const weight = this.weight(`${name}.weight`, [outputs, x.dims[0]]);
    const bias = this.weight(`${name}.bias`, [outputs]);
    return this.call(name, 'Gemm', [x.name, weight, bias], [outputs], { transB: int(1) });
  }

  /** [length, inputs] → [length, outputs]; weight [inputs, outputs]. */
  linear(name: string, x: Edge, outputs: number): Edge {
    const [length, inputs] = x.dims;
    const weight = this.weight(`${name}.weight`, [inputs, outputs]);
    const product = this.call(`${name}.product`, 'MatMul', [x.name, weight], [length, outputs]);
    const bias = this.weight(`${name}.bias`, [outputs]);
    return this.call(name, 'Add', [product.name, bias], product.dims);
  }

  /** Over the last axis. */
  layerNorm(name: string, x: Edge): Edge {
    const width = x.dims[x.dims.length - 1];
    const tensors = ['scale', 'bias'].map((field) => this.weight(`${name}.${field}`, [width]));
    return this.call(name, 'LayerNormalization', [x.name, ...tensors], x.dims, { axis: int(-1) });
  }

  /** Numbers of rows → rows of a table [rows, width]. */
  embedding(name: string, rows: string | Edge, count: number, width: number, length: number): Edge {
    const table = this.weight(`${name}.weight`, [count, width]);
    return this.call(name, 'Gather', [table, typeof rows === 'string' ? rows : rows.name], [length, width]);
  }

  /** Any operator with one output of `dims`. */
  call(
    name: string,
    opType: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Record<string, AttributeValue> = {},
  ): Edge {
    this.document.graph.nodes.push(createNode(opType, [...inputs], [name], attributes, name));
    return { name, dims };
  }

  /** Zeros. @returns `name` */
  weight(name: string, dims: readonly number[]): string {
    return this.constant(Tensor.fromFloat32(name, dims, new Float32Array(sizeOf(dims))));
  }

  /** int64[values.length]. @returns `name` */
  integers(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant(new Tensor(name, DataType.INT64, [values.length], bytes));
  }

  constant(tensor: Tensor): string {
    this.document.graph.initializers.set(tensor.name, tensor);
    return tensor.name;
  }
}

export function int(value: number): AttributeValue {
  return { kind: 'int', value: BigInt(value) };
}

export function ints(...values: number[]): AttributeValue {
  return { kind: 'ints', value: values.map(BigInt) };
}

function valueInfo({ name, dims }: Edge, dataType: DataType): Value {
  return { name, dataType, dims: ['batch', ...dims] };
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
