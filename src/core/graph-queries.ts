import { type Graph, type Node, subgraphsOf } from './graph.js';
import type { Tensor } from './tensor.js';

/** Every name that a node reads: its own inputs, and what the bodies in its attributes read (their own names too). */
export function namesRead(node: Node): Set<string> {
  const names = new Set(node.inputs);
  for (const graph of subgraphsOf(node)) {
    for (const inner of graph.nodes) for (const name of namesRead(inner)) names.add(name);
    for (const output of graph.outputs) names.add(output.name);
  }
  names.delete('');
  return names;
}

/** How many nodes of the graph read each name; being a graph output counts as one more. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const add = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const name of namesRead(node)) add(name);
  for (const output of graph.outputs) add(output.name);
  return uses;
}

/** The node that computes each name. */
export function producersOf({ nodes }: Graph): Map<string, Node> {
  return new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
}

/** The constants that a graph holds itself: initializers and Constant nodes with a tensor. */
export function constantsOf(graph: Graph): Map<string, Tensor> {
  const constants = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const value = node.opType === 'Constant' && node.domain === '' ? node.attributes.get('value') : undefined;
    if (value?.kind === 'tensor') constants.set(node.outputs[0], value.value);
  }
  return constants;
}

/** An attribute of kind `int`; `fallback` when it is absent. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'int' ? Number(attribute.value) : fallback;
}

/** An attribute of kind `float`; `fallback` when it is absent. */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : fallback;
}

/** An attribute of kind `ints` as numbers; undefined when it is absent. */
export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'ints' ? attribute.value.map(Number) : undefined;
}

/** An attribute of kind `string`, read as UTF-8; `fallback` when it is absent. */
export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'string' ? new TextDecoder().decode(attribute.value) : fallback;
}
