import { constantsOf, countUses, type Document, type Graph, type Node } from '../core/index.js';
import type { Layer } from './layer-probe.js';
import type { PathDepths } from './network-slice.js';

/**
 * Of layers whose output is only ever added to another value, as at the end of a residual block, that value's name: where
 * it is computed before the layer, so that the layer can make up for what it has lost. A Gemm with a factor does not.
 */
export function shortcutsOf({ graph }: Document, { stages, depths }: PathDepths): Map<Layer, string> {
  const constants = constantsOf(graph);
  const onlyReader = onlyReaders(graph);
  const shortcuts = new Map<Layer, string>();
  stages.forEach((layers, stage) => {
    for (const layer of layers) {
      if (layer.factor !== 1) continue;
      let [output] = layer.node.outputs;
      for (;;) {
        const reader = onlyReader.get(output);
        if (reader?.opType !== 'Add' || reader.domain !== '') break;
        const other = reader.inputs.find((name) => name !== output);
        if (other === undefined) break;
        if (!constants.has(other)) {
          if ((depths.get(other) ?? stages.length) <= stage) shortcuts.set(layer, other);
          break;
        }
        // A bias that is added by itself.
        [output] = reader.outputs;
      }
    }
  });
  return shortcuts;
}

/** Of values that are read once, and are no output: by whom. */
function onlyReaders(graph: Graph): Map<string, Node> {
  const uses = countUses(graph);
  return new Map(
    graph.nodes.flatMap((node) =>
      node.inputs.filter((name) => uses.get(name) === 1).map((name) => [name, node] as const),
    ),
  );
}
