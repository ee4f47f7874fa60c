import { createGraph, type FunctionBody, type Graph, type Node, subgraphsOf } from './graph.js';
import { SILENT } from './logger.js';
import type { Tensor } from './tensor.js';
import type { Transform, TransformContext } from './transform.js';

/** A model in memory: the graph that every reader makes, every transform changes and every writer writes. */
export class Document {
  irVersion = 8;
  /** Domain → version; '' is ai.onnx. */
  opsets = new Map<string, number>();
  graph: Graph = createGraph('');
  functions: FunctionBody[] = [];
  /** metadata_props. */
  metadata = new Map<string, string>();
  preserved: unknown = undefined;

  /** Applies transforms in order. */
  async transform(...transforms: Transform[]): Promise<this> {
    return this.transformWith({ logger: SILENT, onProgress: () => {} }, ...transforms);
  }

  async transformWith(context: TransformContext, ...transforms: Transform[]): Promise<this> {
    for (const transform of transforms) await transform(this, context);
    return this;
  }

  /** The main graph and every subgraph below it, outer before inner. */
  *graphs(): Generator<Graph> {
    yield* withSubgraphs(this.graph);
    for (const body of this.functions)
      for (const node of body.nodes) for (const g of subgraphsOf(node)) yield* withSubgraphs(g);
  }

  /** Every node: of the main graph, of subgraphs, of function bodies. */
  *nodes(): Generator<Node> {
    for (const graph of this.graphs()) yield* graph.nodes;
    for (const body of this.functions) yield* body.nodes;
  }

  /**
   * Every dense tensor in the document, once per place: initializers, tensors in attributes (Constant and others), in
   * subgraphs and functions. Sparse tensors are not among them.
   */
  *tensors(): Generator<Tensor> {
    for (const graph of this.graphs()) yield* graph.initializers.values();
    for (const node of this.nodes()) {
      for (const attribute of node.attributes.values()) {
        if (attribute.kind === 'tensor') yield attribute.value;
        else if (attribute.kind === 'tensors') yield* attribute.value;
      }
    }
  }
}

function* withSubgraphs(graph: Graph): Generator<Graph> {
  yield graph;
  for (const node of graph.nodes) for (const inner of subgraphsOf(node)) yield* withSubgraphs(inner);
}
