import {
  constantsOf,
  createNode,
  type Document,
  type Graph,
  type Node,
  namesRead,
  producersOf,
  subgraphsOf,
  Tensor,
  type Transform,
} from '../core/index.js';
import { addInitializer, freshName } from './names.js';
import { rowLookups } from './spell-rows.js';

/**
 * What `spellRows` did, undone: tables that `like` looks rows up in, and whose rows this document makes of codes, become values
 * that are computed as a whole, under the name that `like` has, and looked up. Main graphs only; `foldConstants({ names })` then
 * makes constants of them. A table is left where its rows depend on more than constants and the index.
 */
export function wholeTables(like: Document): Transform {
  return (document) => {
    for (const { table, rows, lookup } of tablesLookedUp(like.graph)) makeWhole(document, table, rows, lookup);
  };
}

interface LookedUp {
  readonly table: string;
  readonly rows: number;
  /** The first that reads the table. */
  readonly lookup: Node;
}

function tablesLookedUp(graph: Graph): LookedUp[] {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of namesRead(node)) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return [...constantsOf(graph)].flatMap(([table, { dims }]) => {
    const lookups = outputs.has(table) ? null : rowLookups(table, readers.get(table) ?? []);
    return lookups ? [{ table, rows: dims[0], lookup: lookups[0] }] : [];
  });
}

function makeWhole(document: Document, table: string, rows: number, lookup: Node): void {
  const { graph } = document;
  const [, index] = lookup.inputs;
  const [output] = lookup.outputs;
  const constants = constantsOf(graph);
  const makers = producersOf(graph);
  const last = makers.get(output);
  const behind = last ? nodesBehind(last, index, makers, constants) : null;
  if (!last || !behind || constants.has(table) || makers.has(table)) return;
  const names = new Map([[index, freshName(document, `${table}.rows`)]]);
  const copies = graph.nodes
    .filter((node) => behind.has(node))
    .map((node) => {
      const made = node.outputs.map((name) => (name === output ? table : freshName(document, `${name}.whole`)));
      const inputs = node.inputs.map((name) => names.get(name) ?? name);
      node.outputs.forEach((name, i) => {
        names.set(name, made[i]);
      });
      return { ...node, name: '', inputs, outputs: made };
    });
  const every = Array.from({ length: rows }, (_, row) => row);
  const indices = Tensor.fromInt64s(names.get(index)!, [rows], every);
  addInitializer(document, graph, indices);
  const at = graph.nodes.indexOf(last);
  graph.nodes.splice(at, 1, ...copies, createNode('Gather', [table, index], lookup.outputs));
}

/** The nodes that `last` needs besides `index` and constants; null where it needs anything else, or has no use for `index`. */
function nodesBehind(
  last: Node,
  index: string,
  makers: ReadonlyMap<string, Node>,
  constants: ReadonlyMap<string, Tensor>,
): Set<Node> | null {
  const behind = new Set<Node>();
  const pending = [last];
  let indexed = false;
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (behind.has(node)) continue;
    if (subgraphsOf(node).length > 0) return null;
    behind.add(node);
    for (const name of node.inputs) {
      const maker = makers.get(name);
      if (name === index) indexed = true;
      else if (maker && !constants.has(name)) pending.push(maker);
      else if (name !== '' && !constants.has(name)) return null;
    }
  }
  return indexed ? behind : null;
}
