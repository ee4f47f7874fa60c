import {
  type ByteSource,
  constantsOf,
  type Document,
  type Graph,
  readBytes,
  type Tensor,
  type Transform,
} from '../core/index.js';
import { isOverridable, renameReads } from './names.js';

const BLOCK = 1 << 20;

/** Bytes that tell most tensors of one shape apart. */
const BEGINNING = 64;

/**
 * Makes one of constants that are equal in type, shape and every bit, within each graph: initializers and Constant
 * nodes. Exact, and what was tied once is tied again. Only tensors of the same type, shape and beginning are read to the end.
 */
export function dedup(): Transform {
  return (document) => {
    for (const graph of document.graphs()) dedupGraph(document, graph);
  };
}

function dedupGraph(document: Document, graph: Graph): void {
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const inputs = new Set(graph.inputs.map((input) => input.name));
  const groups = new Map<string, [string, Tensor][]>();
  for (const [name, tensor] of constantsOf(graph)) {
    // A coded tensor is told from another by more than its numbers, and string tensors have none.
    if (isOverridable(document, graph, name) || tensor.coding || tensor.byteLength === 0) continue;
    const beginning = readBytes(tensor.source, 0, Math.min(BEGINNING, tensor.byteLength));
    const key = `${tensor.dataType}:${tensor.dims.join(',')}:${beginning.join()}`;
    groups.set(key, [...(groups.get(key) ?? []), [name, tensor]]);
  }
  const renamed = new Map<string, string>();
  for (const group of groups.values()) {
    const kept: [string, Tensor][] = [];
    for (const [name, tensor] of group) {
      const twin = outputs.has(name) ? undefined : kept.find(([, other]) => equalBytes(other.source, tensor.source));
      if (twin) renamed.set(name, twin[0]);
      else kept.push([name, tensor]);
    }
  }
  if (renamed.size === 0) return;
  renameReads(graph.nodes, renamed);
  for (const name of renamed.keys()) graph.initializers.delete(name);
  graph.nodes = graph.nodes.filter((node) => !(node.opType === 'Constant' && renamed.has(node.outputs[0])));
  if ([...renamed.keys()].some((name) => inputs.has(name))) {
    graph.inputs = graph.inputs.filter((input) => !renamed.has(input.name));
  }
}

function equalBytes(a: ByteSource, b: ByteSource): boolean {
  if (a === b) return true;
  for (let start = 0; start < a.byteLength; start += BLOCK) {
    const left = new Uint8Array(Math.min(BLOCK, a.byteLength - start));
    const right = new Uint8Array(left.length);
    a.readInto(left, start);
    b.readInto(right, start);
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  }
  return true;
}
