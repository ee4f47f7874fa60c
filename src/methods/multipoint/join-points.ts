import { type Document, Tensor } from '../../core/index.js';
import { listSums, valuesOf } from './list-sums.js';
import { replaceInitializer } from './spell-points.js';

/**
 * Takes back what `spellPoints` has written: every sum of points becomes the initializer that it was, with the very numbers
 * that a runtime would compute.
 */
export function joinPoints(document: Document): void {
  for (const graph of document.graphs()) {
    for (const sum of listSums(graph)) {
      const { name, first, nodes, initializers } = sum;
      const joined = Tensor.fromFloat32(name, first.dims, valuesOf(sum));
      joined.preserved = first.preserved;
      replaceInitializer(document, graph, initializers.first, [joined]);
      const own = new Set([initializers.more, ...initializers.places]);
      for (const other of own) graph.initializers.delete(other);
      graph.inputs = graph.inputs.filter((input) => !own.has(input.name));
      graph.nodes = graph.nodes.filter((node) => !nodes.includes(node));
    }
  }
}
