import { type Document, type Graph, type Node, namesRead, subgraphsOf, type Transform } from '../core/index.js';

/** Domains whose operators do nothing but compute their outputs. */
const PURE_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/**
 * Removes what no output depends on: nodes, initializers, value infos, model-local functions. Exact. Graph inputs and
 * outputs stay, and so does a node of a domain that this release does not know, also when it sits in a function or in
 * the branch of an If: it might do more than compute.
 */
export function prune(): Transform {
  return (document) => {
    const purity = new Purity(document);
    pruneGraph(document, document.graph, purity);
    for (const body of document.functions) {
      if (body.outputs) body.nodes = pruneNodes(document, body.nodes, new Set(body.outputs), purity);
    }
    pruneFunctions(document);
  };
}

/** Which nodes do nothing but compute. */
class Purity {
  readonly #functions = new Map<string, boolean>();

  constructor(document: Document) {
    // A function may call others: each pass settles those that call only settled ones.
    for (const _ of document.functions) {
      for (const body of document.functions) {
        this.#functions.set(
          `${body.domain}:${body.name}`,
          body.nodes.every((node) => this.has(node)),
        );
      }
    }
  }

  has(node: Node): boolean {
    const known = PURE_DOMAINS.has(node.domain) || this.#functions.get(`${node.domain}:${node.opType}`) === true;
    return known && subgraphsOf(node).every((graph) => graph.nodes.every((inner) => this.has(inner)));
  }
}

function pruneGraph(document: Document, graph: Graph, purity: Purity): void {
  const live = new Set(graph.outputs.map((output) => output.name));
  graph.nodes = pruneNodes(document, graph.nodes, live, purity);
  const inputs = new Set(graph.inputs.map((input) => input.name));
  for (const name of [...graph.initializers.keys()]) {
    if (live.has(name)) continue;
    if (!inputs.has(name)) graph.initializers.delete(name);
    else if (document.irVersion < 4 && graph === document.graph) {
      // Before IR 4 every initializer had to be an input as well; it is none that a caller gives.
      graph.initializers.delete(name);
      graph.inputs = graph.inputs.filter((input) => input.name !== name);
    }
  }
  graph.sparseInitializers = graph.sparseInitializers.filter(({ values }) => live.has(values.name));
  const known = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)]);
  graph.values = graph.values.filter((value) => known.has(value.name));
}

/** @param live the names that are needed; what the nodes kept need is added */
function pruneNodes(document: Document, nodes: readonly Node[], live: Set<string>, purity: Purity): Node[] {
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    const needed = node.outputs.length === 0 || node.outputs.some((name) => name !== '' && live.has(name));
    if (!needed && purity.has(node)) continue;
    for (const inner of subgraphsOf(node)) pruneGraph(document, inner, purity);
    for (const name of namesRead(node)) live.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

/** A function that only unused functions call is unused. */
function pruneFunctions(document: Document): void {
  for (;;) {
    const called = new Set([...document.nodes()].map((node) => `${node.domain}:${node.opType}`));
    const kept = document.functions.filter((body) => called.has(`${body.domain}:${body.name}`));
    if (kept.length === document.functions.length) return;
    document.functions = kept;
  }
}
