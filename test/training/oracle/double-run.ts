import {
  type Attribute,
  createGraph,
  createNode,
  DataType,
  type Document,
  Document as DocumentClass,
  type Node,
  Tensor,
} from '../../../src/core/index.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import type { RuntimeSession, RuntimeTensor } from '../../../src/runtime/runtime.js';
import { type DoubleArray, doubleArray } from './double-array.js';
import { REFERENCES } from './reference.js';

export type Values = Map<string, RuntimeTensor>;

/**
 * A document in double precision, node by node: by a reference where there is one, else by onnxruntime with every float
 * made a double. Where it has no such kernel it says so.
 */
export class DoubleRunner {
  readonly #sessions = new Map<Node, RuntimeSession>();
  readonly #constants: Values = new Map();

  constructor(readonly document: Document) {
    for (const [name, tensor] of document.graph.initializers) this.#constants.set(name, toDouble(tensor));
    for (const node of document.graph.nodes) {
      const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
      if (value?.kind === 'tensor') this.#constants.set(node.outputs[0], toDouble(value.value));
    }
  }

  constant(name: string): RuntimeTensor {
    return this.#constants.get(name)!;
  }

  /** @param feeds inputs, and what constants are to be instead @returns every value */
  async run(feeds: Values): Promise<Values> {
    const values: Values = new Map([...this.#constants, ...feeds]);
    for (const node of this.document.graph.nodes) {
      if (node.outputs.every((name) => values.has(name))) continue;
      const inputs = node.inputs.map((name) => values.get(name)!);
      const reference = REFERENCES[node.opType];
      const outputs = reference
        ? reference(node, inputs as DoubleArray[])
        : await this.#runNode(node, new Map(node.inputs.filter(Boolean).map((name) => [name, values.get(name)!])));
      const names = node.outputs.filter(Boolean);
      outputs.forEach((output, i) => {
        values.set(names[i], output);
      });
    }
    return values;
  }

  async #runNode(node: Node, inputs: Values): Promise<RuntimeTensor[]> {
    const session = this.#sessions.get(node) ?? (await this.#load(node, inputs));
    const outputs = await session.run(Object.fromEntries(inputs));
    return node.outputs.filter(Boolean).map((name) => outputs[name]);
  }

  async #load(node: Node, inputs: Values): Promise<RuntimeSession> {
    const single = Object.assign(new DocumentClass(), {
      irVersion: Math.max(8, this.document.irVersion),
      // MaxPool takes doubles from opset 8 on, where it is what it was.
      opsets: new Map([...this.document.opsets, ['', Math.max(8, this.document.opsets.get('') ?? 0)]]),
      graph: createGraph('one node'),
    });
    for (const [name, { dataType, dims }] of inputs) {
      single.graph.inputs.push({ name, dataType, dims: dims.map(() => null) });
    }
    for (const name of node.outputs.filter(Boolean)) single.graph.outputs.push({ name, dataType: null, dims: null });
    const copy = createNode(node.opType, node.inputs, node.outputs, {}, node.name);
    for (const [name, attribute] of node.attributes) copy.attributes.set(name, doubleAttribute(node, name, attribute));
    single.graph.nodes.push(copy);
    const runtime = await ortNode();
    const session = await runtime.load(modelBytes(single), { threads: 1, optimization: 'disabled' });
    this.#sessions.set(node, session);
    return session;
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
  }
}

function doubleAttribute(node: Node, name: string, attribute: Attribute): Attribute {
  if (node.opType === 'Cast' && name === 'to' && attribute.kind === 'int' && attribute.value === 1n) {
    return { kind: 'int', value: BigInt(DataType.DOUBLE) };
  }
  if (attribute.kind !== 'tensor' || attribute.value.dataType !== DataType.FLOAT) return attribute;
  const { dims, data } = toDouble(attribute.value);
  const bytes = new Uint8Array((data as Float64Array).slice().buffer);
  return { kind: 'tensor', value: new Tensor(attribute.value.name, DataType.DOUBLE, dims, bytes) };
}

function toDouble(tensor: Tensor): RuntimeTensor {
  const { dataType, dims } = tensor;
  if (dataType === DataType.FLOAT) return doubleArray(dims, tensor.toFloat32());
  const { buffer } = tensor.bytes().slice();
  if (dataType === DataType.INT64) return { dataType, dims, data: new BigInt64Array(buffer) };
  if (dataType === DataType.INT32) return { dataType, dims, data: new Int32Array(buffer) };
  return { dataType, dims, data: new Uint8Array(buffer) };
}
