import { type AttributeValue, createNode, type Document, type Node, Tensor } from '../../core/index.js';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Constants beyond this are not looked up by their numbers. */
const MAX_INTERNED = 64;

/**
 * Writes nodes and constants for the main graph of a document under names that nothing in it has yet. Equal small
 * constants are written once. The nodes collect in {@link nodes}; whoever writes decides where they go.
 */
export class GraphWriter {
  nodes: Node[] = [];
  readonly #taken = new Set<string>();
  readonly #constants = new Map<string, string>();
  #count = 0;

  constructor(readonly document: Document) {
    for (const graph of document.graphs()) {
      for (const { name } of graph.inputs) this.#taken.add(name);
      for (const name of graph.initializers.keys()) this.#taken.add(name);
      for (const { values } of graph.sparseInitializers) this.#taken.add(values.name);
    }
    for (const node of document.nodes()) for (const name of node.outputs) this.#taken.add(name);
  }

  /** `name`, or `name.1`, `name.2` … */
  fresh(name: string): string {
    let candidate = name;
    for (let i = 1; this.#taken.has(candidate); i++) candidate = `${name}.${i}`;
    this.#taken.add(candidate);
    return candidate;
  }

  /** Calls an operator of ai.onnx with one output. @returns the output's name */
  emit(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.emitMany(opType, inputs, 1, attributes)[0];
  }

  emitMany(opType: string, inputs: readonly string[], outputs: number, attributes: Attributes = {}): string[] {
    const names = Array.from({ length: outputs }, () => this.fresh(`wring.${this.#count++}`));
    this.nodes.push(createNode(opType, [...inputs], names, attributes));
    return names;
  }

  /** Calls an operator of another domain with one output, which the document has to import. */
  emitFrom(domain: string, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.emit(opType, inputs, attributes);
    this.nodes.at(-1)!.domain = domain;
    return output;
  }

  /** A second name for a value, one that a reader understands. @returns the name, made fresh */
  alias(value: string, name: string): string {
    const output = this.fresh(name);
    this.nodes.push(createNode('Identity', [value], [output]));
    return output;
  }

  add(a: string, b: string): string {
    return this.emit('Add', [a, b]);
  }

  sub(a: string, b: string): string {
    return this.emit('Sub', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.emit('Mul', [a, b]);
  }

  div(a: string, b: string): string {
    return this.emit('Div', [a, b]);
  }

  /** Adds a constant. */
  plus(a: string, constant: number): string {
    return constant === 0 ? a : this.add(a, this.scalar(constant));
  }

  /** Multiplies by a constant. */
  times(a: string, constant: number): string {
    return constant === 1 ? a : this.mul(a, this.scalar(constant));
  }

  scalar(value: number): string {
    return this.floats([], [value]);
  }

  floats(dims: readonly number[], values: ArrayLike<number>): string {
    const tensor = () => Tensor.fromFloat32('', dims, Float32Array.from(values));
    return this.constant(keyOf('f', dims, values), tensor);
  }

  /** int64[values.length] */
  ints(values: readonly number[]): string {
    return this.#integers([values.length], values);
  }

  /** int64 scalar. */
  int(value: number): string {
    return this.#integers([], [value]);
  }

  #integers(dims: readonly number[], values: readonly number[]): string {
    return this.constant(keyOf('i', dims, values), () => Tensor.fromInt64s('', dims, values));
  }

  /** The initializer that was made for `key`; made now if there is none. null: always made. */
  constant(key: string | null, make: () => Tensor): string {
    const known = key === null ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const tensor = make();
    tensor.name = this.fresh(`wring.c${this.#constants.size}`);
    this.document.graph.initializers.set(tensor.name, tensor);
    this.#constants.set(key ?? tensor.name, tensor.name);
    return tensor.name;
  }
}

function keyOf(type: string, dims: readonly number[], values: ArrayLike<number>): string | null {
  if (values.length > MAX_INTERNED) return null;
  // −0 and 0 are two constants.
  const text = Array.from(values, (value) => (Object.is(value, -0) ? '-0' : `${value}`));
  return `${type}[${dims.join()}]${text.join()}`;
}

export function int(value: number): AttributeValue {
  return { kind: 'int', value: BigInt(value) };
}

export function ints(values: readonly number[]): AttributeValue {
  return { kind: 'ints', value: values.map(BigInt) };
}

export function float(value: number): AttributeValue {
  return { kind: 'float', value };
}

export function text(value: string): AttributeValue {
  return { kind: 'string', value: new TextEncoder().encode(value) };
}
