import { type DataType, Document, type Graph, type Node, namesRead, type Tensor, type Value } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import type { Layer } from './layer-probe.js';

/** How far along the path of layers everything in the main graph is. */
export interface PathDepths {
  /** Of the layers, by depth: those of one stage do not see each other. */
  readonly stages: readonly (readonly Layer[])[];
  /** Values that later layers can be computed from, once all before a stage are done: their names, stage by stage. */
  readonly frontiers: readonly (readonly string[])[];
  /** Of every value that depends on an input: how many layers a way to it passes, at most. */
  readonly depths: ReadonlyMap<string, number>;
}

/** Depends on no input of the graph. */
const CONSTANT = -1;

/** The depth of a value is the largest number of `layers` on a way from an input of the graph to it. */
export function pathDepths(document: Document, layers: readonly Layer[]): PathDepths {
  const { graph } = document;
  const byNode = new Map(layers.map((layer) => [layer.node, layer]));
  const depths = new Map<string, number>();
  for (const { name } of graph.inputs) if (!graph.initializers.has(name)) depths.set(name, 0);
  const stages: Layer[][] = [];
  const reads: { readonly name: string; readonly until: number }[] = [];
  for (const node of graph.nodes) {
    const names = [...namesRead(node)].filter((name) => depths.has(name));
    let depth = names.reduce((deepest, name) => Math.max(deepest, depths.get(name)!), CONSTANT);
    if (depth === CONSTANT) continue;
    const layer = byNode.get(node);
    if (layer) {
      if (depth === stages.length) stages.push([]);
      stages[depth].push(layer);
      depth++;
    }
    for (const name of names) reads.push({ name, until: depth });
    for (const name of node.outputs) if (name !== '') depths.set(name, depth);
  }
  const frontiers = stages.map((_, stage) => [
    ...new Set(reads.filter(({ name, until }) => depths.get(name)! <= stage && until > stage).map(({ name }) => name)),
  ]);
  return { stages, frontiers, depths };
}

export interface Slice {
  /** Values that are given, and need not be computed: a tensor like those that will be. */
  readonly known: ReadonlyMap<string, RuntimeTensor>;
  /** Names of the outputs. */
  readonly wanted: readonly string[];
  readonly nodes?: readonly Node[];
  readonly initializers?: readonly Tensor[];
}

/** A second document over the same tensors that computes `wanted` from `known`, and nothing else. */
export function sliceDocument(document: Document, { known, wanted, nodes = [], initializers = [] }: Slice): Document {
  const all = new Map(document.graph.initializers);
  for (const tensor of initializers) all.set(tensor.name, tensor);
  const live = new Set(wanted);
  const kept: Node[] = [];
  for (const node of [...document.graph.nodes, ...nodes].reverse()) {
    if (!node.outputs.some((name) => name !== '' && live.has(name) && !known.has(name))) continue;
    for (const name of namesRead(node)) live.add(name);
    kept.push(node);
  }
  const given = [...known].filter(([name]) => live.has(name));
  const inputs = document.graph.inputs.filter(({ name }) => live.has(name) && !known.has(name));
  const graph: Graph = {
    ...document.graph,
    nodes: kept.reverse(),
    initializers: new Map([...all].filter(([name]) => live.has(name))),
    inputs: [...inputs, ...given.map(([name, { dataType, dims }]) => anySize(name, dataType, dims))],
    outputs: wanted.map((name) => ({
      name,
      dataType: known.get(name)?.dataType ?? typeOf(document, name),
      dims: null,
    })),
    values: [],
  };
  return Object.assign(new Document(), document, { graph });
}

function anySize(name: string, dataType: DataType, dims: readonly number[]): Value {
  return { name, dataType, dims: dims.map(() => null) };
}

/** What the runtime finds out by itself need not be stated. */
function typeOf({ graph }: Document, name: string): DataType | null {
  return [...graph.values, ...graph.inputs, ...graph.outputs].find((value) => value.name === name)?.dataType ?? null;
}
