import { type Document, type Graph, type Node, subgraphsOf, type Transform } from '../core/index.js';
import { namesRead } from './names.js';

/** Domains whose operators do nothing but compute their outputs. */
const PURE_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/**
 * Removes what no output depends on: nodes, initializers, value infos, model-local functions. Exact. Graph inputs and
 * outputs stay, and so does a node of a domain that this release does not know: it might do more than compute.
 */
export function prune(): Transform {
  return (document) => {
    const pure = new Set([...PURE_DOMAINS, ...document.functions.map((body) => body.domain)]);
    pruneGraph(document, document.graph, pure);
    for (const body of document.functions) {
      for (const node of body.nodes) for (const graph of subgraphsOf(node)) pruneGraph(document, graph, pure);
    }
    pruneFunctions(document);
  };
}

function pruneGraph(document: Document, graph: Graph, pure: ReadonlySet<string>): void {
  const live = new Set(graph.outputs.map((output) => output.name));
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const needed = node.outputs.length === 0 || node.outputs.some((name) => name !== '' && live.has(name));
    if (!needed && pure.has(node.domain)) continue;
    for (const inner of subgraphsOf(node)) pruneGraph(document, inner, pure);
    for (const name of namesRead(node)) live.add(name);
    kept.push(node);
  }
  graph.nodes = kept.reverse();
  const inputs = new Set(graph.inputs.map((input) => input.name));
  for (const name of [...graph.initializers.keys()]) {
    if (live.has(name)) continue;
    if (!inputs.has(name)) graph.initializers.delete(name);
    else if (document.irVersion < 4) {
      // Before IR 4 every initializer had to be an input as well; it is none that a caller gives.
      graph.initializers.delete(name);
      graph.inputs = graph.inputs.filter((input) => input.name !== name);
    }
  }
  graph.sparseInitializers = graph.sparseInitializers.filter(({ values }) => live.has(values.name));
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  graph.values = graph.values.filter((value) => produced.has(value.name));
}

function pruneFunctions(document: Document): void {
  for (;;) {
    const called = new Set([...document.nodes()].map((node) => `${node.domain}:${node.opType}`));
    const kept = document.functions.filter((body) => called.has(`${body.domain}:${body.name}`));
    if (kept.length === document.functions.length) return;
    document.functions = kept;
  }
}
