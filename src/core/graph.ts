import type { DataType } from './data-type.js';
import type { Tensor } from './tensor.js';

/** One dimension: a size, a symbolic name, or null where nothing is said. */
export type Dimension = number | string | null;

/** A named input, output or intermediate result. Everything but a plain tensor type lives in `preserved`. */
export interface Value {
  name: string;
  /** null when the type is no tensor, or not stated. */
  dataType: DataType | null;
  /** null when the rank is not stated. */
  dims: readonly Dimension[] | null;
  preserved?: unknown;
}

/** ONNX's sparse_initializer: `values` [nnz] and `indices` [nnz] or [nnz, rank]; its name is that of `values`. */
export interface SparseTensor {
  values: Tensor;
  indices: Tensor;
  dims: readonly number[];
  preserved?: unknown;
}

export type AttributeValue =
  | { kind: 'float'; value: number }
  | { kind: 'int'; value: bigint }
  | { kind: 'string'; value: Uint8Array }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'graph'; value: Graph }
  | { kind: 'sparseTensor'; value: SparseTensor }
  | { kind: 'floats'; value: number[] }
  | { kind: 'ints'; value: bigint[] }
  | { kind: 'strings'; value: Uint8Array[] }
  | { kind: 'tensors'; value: Tensor[] }
  | { kind: 'graphs'; value: Graph[] }
  | { kind: 'sparseTensors'; value: SparseTensor[] }
  /** Inside a function body: takes the value of the caller's attribute `name`. */
  | { kind: 'reference'; name: string }
  /** A type proto, or a kind of a later ONNX: lives in `preserved` alone. */
  | { kind: 'other' };

export type Attribute = AttributeValue & { preserved?: unknown };

/** One operator call. Edges are names, as in ONNX; '' stands for an omitted optional input or output. */
export interface Node {
  name: string;
  opType: string;
  /** '' for ai.onnx. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
  preserved?: unknown;
}

export interface Graph {
  name: string;
  /** Topologically sorted. */
  nodes: Node[];
  /** By name. Constant nodes keep their tensor in the attribute `value`. */
  initializers: Map<string, Tensor>;
  sparseInitializers: SparseTensor[];
  inputs: Value[];
  outputs: Value[];
  /** value_info: what is known of intermediate results. */
  values: Value[];
  preserved?: unknown;
}

/** A model-local function (FunctionProto). */
export interface FunctionBody {
  name: string;
  domain: string;
  /** Formal parameters and results; a call binds them by position. Absent when the reader does not say. */
  inputs?: readonly string[];
  outputs?: readonly string[];
  /** What the body imports, domain → version; a function may be of another opset than the model. Absent: the model's. */
  opsets?: ReadonlyMap<string, number>;
  nodes: Node[];
  preserved?: unknown;
}

export function createNode(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, AttributeValue> = {},
  name = '',
): Node {
  return { name, opType, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

export function createGraph(name: string): Graph {
  return { name, nodes: [], initializers: new Map(), sparseInitializers: [], inputs: [], outputs: [], values: [] };
}

/** The graphs in a node's attributes: the bodies of If, Loop and Scan. */
export function subgraphsOf(node: Node): Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === 'graph') graphs.push(attribute.value);
    else if (attribute.kind === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}
