import { DataType, type Graph, intAttribute, type Node, producersOf, type Tensor } from '../../core/index.js';

/** A tensor that `spellPoints` has made the result of nodes. */
export interface PointSum {
  /** Of the result. */
  readonly name: string;
  /** Of the output channels. */
  readonly axis: number;
  /** First points; and further ones, the last of which is zero. */
  readonly first: Tensor;
  readonly more: Tensor;
  /** For each round: which row of `more` belongs to each channel. */
  readonly places: readonly Int32Array[];
  readonly nodes: readonly Node[];
  /** Names of what the nodes read. */
  readonly initializers: { readonly first: string; readonly more: string; readonly places: readonly string[] };
}

/** Every sum of points in a graph. */
export function listSums(graph: Graph): PointSum[] {
  const producers = producersOf(graph);
  const sums = graph.nodes.flatMap((node) => sumOf(graph, producers, node.outputs[0]) ?? []);
  const inner = new Set(
    sums.flatMap(({ nodes, name }) => nodes.flatMap((node) => node.outputs).filter((n) => n !== name)),
  );
  return sums.filter(({ name }) => !inner.has(name));
}

/** The sum behind a name: Add(sum or first points, Gather(further points, places)); null if it is none. */
function sumOf(graph: Graph, producers: ReadonlyMap<string, Node>, name: string): PointSum | null {
  const add = producers.get(name);
  const gather = producers.get(add?.inputs[1] ?? '');
  if (add?.opType !== 'Add' || gather?.opType !== 'Gather') return null;
  const [more, places] = gather.inputs.map((input) => graph.initializers.get(input));
  if (more?.coding?.kind !== 'grid' || places?.dataType !== DataType.INT32) return null;
  const first = graph.initializers.get(add.inputs[0]);
  const before = first?.coding ? null : sumOf(graph, producers, add.inputs[0]);
  if (!before && first?.coding?.kind !== 'grid') return null;
  const rows = new Int32Array(places.bytes().buffer);
  return {
    name,
    axis: intAttribute(gather, 'axis', 0),
    first: before?.first ?? first!,
    more,
    places: [...(before?.places ?? []), rows],
    nodes: [...(before?.nodes ?? []), gather, add],
    initializers: {
      first: before?.initializers.first ?? add.inputs[0],
      more: gather.inputs[0],
      places: [...(before?.initializers.places ?? []), gather.inputs[1]],
    },
  };
}

/** The numbers of a sum, as a runtime computes them. */
export function valuesOf({ first, more, places, axis }: PointSum): Float32Array {
  const values = first.toFloat32();
  const source = more.toFloat32();
  const inner = first.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  for (const rows of places) {
    for (let i = 0; i < values.length; i++) {
      const outer = Math.floor(i / (inner * rows.length));
      const row = rows[Math.floor(i / inner) % rows.length];
      values[i] += source[(outer * more.dims[axis] + row) * inner + (i % inner)];
    }
  }
  return values;
}
