import { Document, type Graph, type Node } from '../../core/index.js';

/**
 * A copy of a document whose graphs and nodes can be changed freely. Tensors are shared: their numbers are not touched. What
 * was known of intermediate results is left out, for it would have to be kept true.
 */
export function copyDocument(document: Document): Document {
  return Object.assign(new Document(), document, {
    opsets: new Map(document.opsets),
    graph: copyGraph(document.graph),
    functions: document.functions.map((body) => ({ ...body, nodes: body.nodes.map(copyNode) })),
    metadata: new Map(document.metadata),
  });
}

function copyGraph(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(copyNode),
    initializers: new Map(graph.initializers),
    sparseInitializers: [...graph.sparseInitializers],
    inputs: graph.inputs.map((value) => ({ ...value })),
    outputs: graph.outputs.map((value) => ({ ...value })),
    values: [],
  };
}

function copyNode(node: Node): Node {
  const attributes: Node['attributes'] = new Map();
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'graph') attributes.set(name, { ...attribute, value: copyGraph(attribute.value) });
    else if (attribute.kind === 'graphs') attributes.set(name, { ...attribute, value: attribute.value.map(copyGraph) });
    else attributes.set(name, attribute);
  }
  const domain = node.domain === 'ai.onnx' ? '' : node.domain;
  return { ...node, domain, inputs: [...node.inputs], outputs: [...node.outputs], attributes };
}
