import {
  DataType,
  type Document,
  type FunctionBody,
  type Graph,
  intAttribute,
  isFloat,
  type Node,
  subgraphsOf,
  type Tensor,
} from '../core/index.js';
import { ConstantTensor } from './constant-tensor.js';
import { type OperandRole, roleOf } from './weight-roles.js';

/** One operator that uses a constant. */
export interface WeightUse extends OperandRole {
  readonly node: Node;
  readonly input: number;
}

export interface WeightTrace {
  readonly name: string;
  readonly uses: WeightUse[];
}

/** A constant on its way through operators that only move its numbers. */
interface Flow {
  readonly tensor: Tensor;
  /** As seen here; null when unknown. */
  readonly dims: readonly number[] | null;
  /** axes[a] = axis of the tensor that is axis a here, −1 when there is none. */
  readonly axes: readonly number[];
}

/** What is known of a name: the constant behind it, or the operator that makes it. */
interface Known {
  readonly flow: Flow | null;
  readonly producer: string;
}

const NOTHING: Known = { flow: null, producer: '' };
const MOVERS = new Set([
  'Identity',
  'Cast',
  'CastLike',
  'Transpose',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Dropout',
]);

/**
 * Every float constant of the document with the operators that use it: initializers and Constants, also of outer scopes,
 * of function bodies, and what a call hands to a function. Identity, Cast, Transpose, Reshape and their like are
 * followed, with the axis; the uses are those behind them.
 */
export function followWeights(document: Document): Map<Tensor, WeightTrace> {
  const follower = new Follower(document);
  follower.graph(document.graph, null);
  for (const body of document.functions) follower.nodes(body.nodes, new Scope(null));
  return follower.traces;
}

class Scope {
  readonly #names = new Map<string, Known>();

  constructor(readonly parent: Scope | null) {}

  get(name: string): Known {
    return this.#names.get(name) ?? this.parent?.get(name) ?? NOTHING;
  }

  set(name: string, known: Known): void {
    this.#names.set(name, known);
  }
}

class Follower {
  readonly traces = new Map<Tensor, WeightTrace>();
  readonly #functions = new Map<string, FunctionBody>();
  readonly #constants = new Map<Node, Tensor | null>();
  readonly #calls: FunctionBody[] = [];

  constructor(document: Document) {
    for (const body of document.functions) this.#functions.set(`${body.domain}:${body.name}`, body);
  }

  graph(graph: Graph, parent: Scope | null): void {
    const scope = new Scope(parent);
    for (const { name } of graph.inputs) scope.set(name, NOTHING);
    for (const [name, tensor] of graph.initializers) scope.set(name, this.#constant(tensor, name));
    this.nodes(graph.nodes, scope);
  }

  nodes(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) {
      for (const name of node.outputs) if (name !== '') scope.set(name, { flow: null, producer: node.opType });
      if (node.opType === 'Constant' && node.domain === '') {
        if (!this.#constants.has(node)) this.#constants.set(node, ConstantTensor.of(node));
        const tensor = this.#constants.get(node);
        if (tensor) scope.set(node.outputs[0], this.#constant(tensor, node.outputs[0]));
        continue;
      }
      const body = this.#functions.get(`${node.domain}:${node.opType}`);
      if (body?.inputs && !this.#calls.includes(body)) this.#call(body, node, scope);
      else this.#operator(node, scope);
      for (const inner of subgraphsOf(node)) this.graph(inner, scope);
    }
  }

  #constant(tensor: Tensor, name: string): Known {
    if (isFloat(tensor.dataType) && !this.traces.has(tensor)) this.traces.set(tensor, { name, uses: [] });
    return { flow: { tensor, dims: tensor.dims, axes: [...tensor.dims.keys()] }, producer: '' };
  }

  #call(body: FunctionBody, node: Node, scope: Scope): void {
    const inner = new Scope(null);
    body.inputs!.forEach((name, i) => {
      inner.set(name, scope.get(node.inputs[i] ?? ''));
    });
    this.#calls.push(body);
    this.nodes(body.nodes, inner);
    this.#calls.pop();
    body.outputs?.forEach((name, i) => {
      const output = node.outputs[i];
      if (output) scope.set(output, inner.get(name));
    });
  }

  #operator(node: Node, scope: Scope): void {
    const moved = scope.get(node.inputs[0] ?? '').flow;
    if (moved && MOVERS.has(node.opType)) {
      const shape = scope.get(node.inputs[1] ?? '').flow?.tensor;
      scope.set(node.outputs[0], { flow: move(moved, node, shape), producer: '' });
      return;
    }
    node.inputs.forEach((name, input) => {
      const flow = scope.get(name).flow;
      const uses = flow && this.traces.get(flow.tensor)?.uses;
      if (!uses || uses.some((use) => use.node === node && use.input === input)) return;
      const other = scope.get(node.inputs[1 - input] ?? '').producer;
      const { role, axis } = roleOf(node, input, flow.dims, other);
      uses.push({ node, input, role, axis: flow.axes[axis] ?? -1 });
    });
  }
}

function move(flow: Flow, node: Node, shape: Tensor | undefined): Flow {
  const { tensor, dims, axes } = flow;
  switch (node.opType) {
    case 'Transpose': {
      const perm = node.attributes.get('perm');
      const order = perm?.kind === 'ints' ? perm.value.map(Number) : [...axes.keys()].reverse();
      return { tensor, dims: dims && order.map((axis) => dims[axis]), axes: order.map((axis) => axes[axis] ?? -1) };
    }
    case 'Reshape': {
      const target = dims && shape?.dataType === DataType.INT64 ? reshape(dims, shape, node) : null;
      return { tensor, dims: target, axes: dims && target ? matchAxes(dims, axes, target) : [] };
    }
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Flatten':
      return { tensor, dims: null, axes: [] };
    default:
      return flow;
  }
}

/** The dims that Reshape makes: 0 copies (unless allowzero), −1 takes what is left. */
function reshape(dims: readonly number[], shape: Tensor, node: Node): number[] | null {
  const bytes = shape.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copyZero = intAttribute(node, 'allowzero', 0) === 0;
  const target = Array.from({ length: shape.elementCount }, (_, i) => {
    const size = Number(view.getBigInt64(8 * i, true));
    return size === 0 && copyZero ? dims[i] : size;
  });
  const known = target.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const all = dims.reduce((product, size) => product * size, 1);
  return known > 0 ? target.map((size) => (size === -1 ? all / known : size)) : null;
}

/** An axis survives when it has the same size and as many elements before it. */
function matchAxes(dims: readonly number[], axes: readonly number[], target: readonly number[]): number[] {
  const outer = (sizes: readonly number[], axis: number) =>
    sizes.slice(0, axis).reduce((product, size) => product * size, 1);
  return target.map(
    (size, a) => axes[dims.findIndex((s, b) => s === size && outer(dims, b) === outer(target, a))] ?? -1,
  );
}
