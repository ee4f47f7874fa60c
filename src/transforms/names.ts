import { type Document, type Graph, type Node, subgraphsOf, type Tensor } from '../core/index.js';

/** Renames what nodes and the bodies in their attributes read. Names that a body defines itself are its own. */
export function renameReads(nodes: readonly Node[], names: ReadonlyMap<string, string>): void {
  for (const node of nodes) {
    node.inputs = node.inputs.map((name) => names.get(name) ?? name);
    for (const graph of subgraphsOf(node)) {
      const own = definedNames(graph);
      const rest = new Map([...names].filter(([name]) => !own.has(name)));
      renameReads(graph.nodes, rest);
      for (const output of graph.outputs) output.name = rest.get(output.name) ?? output.name;
    }
  }
}

/** Initializers that a caller may override (graph inputs since IR 4) are no constants. */
export function isOverridable(document: Document, graph: Graph, name: string): boolean {
  return document.irVersion >= 4 && graph.inputs.some((input) => input.name === name);
}

/** Adds an initializer, also as the graph input that models before IR 4 need. */
export function addInitializer(document: Document, graph: Graph, tensor: Tensor): void {
  graph.initializers.set(tensor.name, tensor);
  // The inputs of a subgraph are the arguments of its caller.
  if (document.irVersion < 4 && graph === document.graph) {
    graph.inputs.push({ name: tensor.name, dataType: tensor.dataType, dims: tensor.dims });
  }
}

/** `name`, or `name.1`, `name.2` … : one that nothing in the document is called yet. */
export function freshName(document: Document, name: string): string {
  const taken = new Set<string>();
  for (const graph of document.graphs()) for (const defined of definedNames(graph)) taken.add(defined);
  for (let i = 0; ; i++) {
    const candidate = i === 0 ? name : `${name}.${i}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function definedNames(graph: Graph): Set<string> {
  const names = new Set<string>(graph.initializers.keys());
  for (const input of graph.inputs) names.add(input.name);
  for (const sparse of graph.sparseInitializers) names.add(sparse.values.name);
  for (const node of graph.nodes) for (const output of node.outputs) names.add(output);
  names.delete('');
  return names;
}
