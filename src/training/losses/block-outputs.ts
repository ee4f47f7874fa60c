import { constantsOf, type Graph, namesRead } from '../../core/index.js';

/** Operators that weigh what they take in: without one in between, two values are of the same block. */
const WEIGHING: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * The values where blocks end: everything that the outputs know of the inputs goes through them, and at least one layer lies
 * between each and the next. Of several in a row the last one, behind the activation. The outputs themselves are none.
 */
export function blockOutputs(graph: Graph): string[] {
  const constants = constantsOf(graph);
  const lastReads = new Map<string, number>();
  for (const [i, node] of graph.nodes.entries()) for (const name of namesRead(node)) lastReads.set(name, i);
  for (const { name } of graph.outputs) lastReads.set(name, Number.POSITIVE_INFINITY);
  const live = new Set(graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name)));
  const ends: string[] = [];
  let last: string | null = null;
  for (const [i, node] of graph.nodes.entries()) {
    const names = namesRead(node);
    if (![...names].some((name) => live.has(name))) continue;
    if (last && WEIGHING.has(node.opType)) {
      ends.push(last);
      last = null;
    }
    for (const name of names) if (lastReads.get(name) === i) live.delete(name);
    for (const name of node.outputs) if (name !== '' && lastReads.has(name)) live.add(name);
    if (live.size === 1 && node.outputs.some((name) => live.has(name))) [last] = live;
  }
  return ends;
}
