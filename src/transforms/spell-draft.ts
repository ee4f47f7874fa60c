import {
  type AttributeValue,
  type ByteSource,
  createNode,
  DataType,
  type Node,
  rawByteLength,
  Tensor,
} from '../core/index.js';

/** Constants that drafts have in common, one per content, each with a name of its own. */
export class ConstantPool {
  readonly #tensors = new Map<string, Tensor>();

  constructor(readonly prefix: string) {}

  get(dataType: DataType, dims: readonly number[], bytes: Uint8Array): Tensor {
    // In this encoding every byte is a character of its own.
    const key = `${dataType}:${dims.join(',')}:${new TextDecoder('latin1').decode(bytes)}`;
    let tensor = this.#tensors.get(key);
    if (!tensor) {
      tensor = new Tensor(`${this.prefix}.${this.#tensors.size}`, dataType, dims, bytes);
      this.#tensors.set(key, tensor);
    }
    return tensor;
  }
}

/** A small graph in the making: nodes in order, and the constants that they read. Edges have names of few bytes. */
export class Draft {
  readonly nodes: Node[] = [];
  /** Of this tensor alone. */
  readonly own: Tensor[] = [];
  readonly shared = new Set<Tensor>();
  #names = 0;

  constructor(
    readonly stem: string,
    readonly pool: ConstantPool,
  ) {}

  op(opType: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = this.#name();
    this.nodes.push(createNode(opType, inputs, [output], attributes));
    return output;
  }

  cast(input: string, to: DataType): string {
    return this.op('Cast', [input], { to: { kind: 'int', value: BigInt(to) } });
  }

  shift(input: string, amounts: string, direction: 'LEFT' | 'RIGHT'): string {
    const value = new TextEncoder().encode(direction);
    return this.op('BitShift', [input, amounts], { direction: { kind: 'string', value } });
  }

  /** The codes; made when they are written. */
  data(dataType: DataType, dims: readonly number[], make: () => Uint8Array): string {
    const byteLength = rawByteLength(
      dataType,
      dims.reduce((product, dim) => product * dim, 1),
    );
    const tensor = new Tensor(this.#name(), dataType, dims, new MadeSource(byteLength, make));
    this.own.push(tensor);
    return tensor.name;
  }

  floats(dims: readonly number[], values: Float32Array): string {
    return this.#constant(DataType.FLOAT, dims, new Uint8Array(values.slice().buffer));
  }

  int64s(values: readonly number[]): string {
    return this.#constant(DataType.INT64, [values.length], Tensor.fromInt64s('', [values.length], values).bytes());
  }

  int32(value: number): string {
    return this.#constant(DataType.INT32, [], new Uint8Array(Int32Array.of(value).buffer));
  }

  bytes(dataType: DataType, dims: readonly number[], values: ArrayLike<number>): string {
    return this.#constant(dataType, dims, Uint8Array.from(values));
  }

  /** Gives the last node's output the name that the rest of the graph reads. */
  finish(name: string): void {
    this.nodes.at(-1)!.outputs = [name];
  }

  #constant(dataType: DataType, dims: readonly number[], bytes: Uint8Array): string {
    const tensor = this.pool.get(dataType, dims, bytes);
    this.shared.add(tensor);
    return tensor.name;
  }

  #name(): string {
    return `${this.stem}.${this.#names++}`;
  }
}

/** Bytes that are made when they are first read. */
class MadeSource implements ByteSource {
  #bytes: Uint8Array | null = null;

  constructor(
    readonly byteLength: number,
    readonly make: () => Uint8Array,
  ) {}

  readInto(target: Uint8Array, byteOffset: number): void {
    this.#bytes ??= this.make();
    target.set(this.#bytes.subarray(byteOffset, byteOffset + target.length));
  }
}
