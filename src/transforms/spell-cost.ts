import { createGraph, Document, type Node, type Tensor } from '../core/index.js';
import { totalByteLength, writeModel } from '../onnx/index.js';

/** What parts of a model take in its ONNX file: they are written, into nothing, without any weight being read. */
export class StoredSize {
  readonly #shared = new Map<Tensor, number>();
  readonly #irVersion: number;
  readonly #empty: number;

  constructor({ irVersion }: Document) {
    this.#irVersion = irVersion;
    this.#empty = this.#measure([], []);
  }

  of(nodes: readonly Node[], tensors: readonly Tensor[]): number {
    return this.#measure(nodes, tensors) - this.#empty;
  }

  ofShared(tensor: Tensor): number {
    let size = this.#shared.get(tensor);
    if (size === undefined) {
      size = this.of([], [tensor]);
      this.#shared.set(tensor, size);
    }
    return size;
  }

  #measure(nodes: readonly Node[], tensors: readonly Tensor[]): number {
    const document = new Document();
    document.irVersion = this.#irVersion;
    document.graph = createGraph('');
    document.graph.nodes.push(...nodes);
    for (const tensor of tensors) {
      document.graph.initializers.set(tensor.name, tensor);
      // Before IR 4 an initializer is a graph input too.
      if (this.#irVersion < 4) document.graph.inputs.push(tensor);
    }
    return totalByteLength(writeModel(document));
  }
}
