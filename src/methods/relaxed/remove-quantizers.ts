import { countUses, type Document, type Node, producersOf } from '../../core/index.js';
import { renameReads } from '../../transforms/names.js';

/**
 * Takes out what `spellQuantizers` has written, known by its names: layers take in what they did before. Exact but for the
 * rounding, to compare the rest of a graph with what it was.
 */
export function removeQuantizers({ graph }: Document): void {
  const producers = producersOf(graph);
  const removed = new Set<Node>();
  const names = new Map<string, string>();
  for (const dequantize of graph.nodes) {
    const quantize = producers.get(dequantize.inputs[0]);
    if (dequantize.opType !== 'DequantizeLinear' || quantize?.opType !== 'QuantizeLinear') continue;
    const clip = producers.get(quantize.inputs[0]);
    const isClipped = clip?.opType === 'Clip' && clip.outputs[0].startsWith(`${clip.inputs[0]}.clipped`);
    const [input] = isClipped ? clip.inputs : quantize.inputs;
    const isOurs =
      dequantize.outputs[0].startsWith(`${input}.quantized`) && quantize.inputs[1].startsWith(`${input}.step`);
    if (!isOurs) continue;
    for (const node of isClipped ? [clip, quantize, dequantize] : [quantize, dequantize]) removed.add(node);
    names.set(dequantize.outputs[0], input);
  }
  const read = [...removed].flatMap(({ inputs }) => inputs);
  graph.nodes = graph.nodes.filter((node) => !removed.has(node));
  renameReads(graph.nodes, names);
  const uses = countUses(graph);
  for (const name of read) if (!uses.has(name)) graph.initializers.delete(name);
}
