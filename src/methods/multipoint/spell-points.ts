import {
  createNode,
  DataType,
  type Document,
  type Graph,
  type GridCoding,
  type Node,
  Tensor,
} from '../../core/index.js';
import { addInitializer, freshName, isOverridable } from '../../transforms/names.js';
import { channelsOf, scatterRows } from './channels.js';
import type { LayerPlan } from './plan-layer.js';

/** A point of a row after its first, which is point 0. */
interface Further {
  readonly row: number;
  readonly point: number;
}

/** Where a tensor is an initializer that may become a result of nodes; null where it cannot. */
export function placeOf(document: Document, tensor: Tensor): { readonly graph: Graph; readonly name: string } | null {
  if (tensor.dataType !== DataType.FLOAT) return null;
  for (const graph of document.graphs()) {
    for (const [name, held] of graph.initializers) {
      if (held !== tensor) continue;
      const isInput = graph !== document.graph && graph.inputs.some((input) => input.name === name);
      return isInput || isOverridable(document, graph, name) ? null : { graph, name };
    }
  }
  return null;
}

/**
 * Writes the points of a tensor summed in weight space: the first points of all rows are a tensor of its shape, all further
 * ones rows of another, and for each round of further points there is a list of which row belongs to whom:
 *
 *   W = Add(…Add(W.points, Gather(W.more, W.places.2))…, Gather(W.more, W.places.n))
 *
 * Runtimes fold that at load. The last row of W.more is zero, for those that have no more points. Both tensors are plain grids
 * with a step a row, which the codec knows.
 *
 * A tensor whose rows all have one point, or that cannot become a result, becomes a grid itself.
 *
 * @returns the tensors that now hold the numbers
 */
export function spellPoints(document: Document, plan: LayerPlan, counts: Uint8Array): readonly Tensor[] {
  const { tensor, axis } = plan;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  if (most === 1) {
    tensor.setCoding(firstPoints(plan, counts));
    return [tensor];
  }
  const { graph, name } = placeOf(document, tensor)!;
  const further: Further[] = [];
  for (let point = 1; point < most; point++) {
    counts.forEach((count, row) => {
      if (count > point) further.push({ row, point });
    });
  }
  const points = new Tensor(freshName(document, `${name}.points`), DataType.FLOAT, tensor.dims, tensor.source);
  points.setCoding(firstPoints(plan, counts));
  points.preserved = tensor.preserved;
  const more = furtherPoints(plan, counts, further, freshName(document, `${name}.more`));
  const places: Tensor[] = [];
  const nodes: Node[] = [];
  let edge = points.name;
  for (let point = 1; point < most; point++) {
    const indices = Int32Array.from(counts, (count, row) =>
      count > point ? further.findIndex((f) => f.row === row && f.point === point) : further.length,
    );
    const list = new Tensor(
      freshName(document, `${name}.places.${point + 1}`),
      DataType.INT32,
      [indices.length],
      new Uint8Array(indices.buffer),
    );
    places.push(list);
    const rows = `${list.name}.rows`;
    const sum = point + 1 === most ? name : `${list.name}.sum`;
    nodes.push(createNode('Gather', [more.name, list.name], [rows], { axis: { kind: 'int', value: BigInt(axis) } }));
    nodes.push(createNode('Add', [edge, rows], [sum]));
    edge = sum;
  }
  replaceInitializer(document, graph, name, [points, more, ...places]);
  graph.nodes.unshift(...nodes);
  return [points, more];
}

function firstPoints({ scales, axis, codes, channels }: LayerPlan, counts: Uint8Array): GridCoding {
  const own = Float32Array.from(counts, (count, row) => scales[count - 1][0][row]);
  const isShared = own.every((scale) => scale === own[0]);
  return {
    kind: 'grid',
    scales: isShared ? own.slice(0, 1) : own,
    axis: isShared ? 0 : axis,
    codes: scatterRows(codes[0], channels),
  };
}

/** The last row is zero; its scale costs least if it is one that was there. */
function furtherPoints(
  { tensor, scales, axis, codes, channels }: LayerPlan,
  counts: Uint8Array,
  further: readonly Further[],
  name: string,
): Tensor {
  const { length } = channels;
  const rows = further.length + 1;
  const all = new Int16Array(rows * length);
  for (const [i, { row, point }] of further.entries()) {
    all.set(codes[point].subarray(row * length, (row + 1) * length), i * length);
  }
  const own = further.map(({ row, point }) => scales[counts[row] - 1][point][row]);
  const dims = tensor.dims.map((dim, i) => (i === axis ? rows : dim));
  const more = new Tensor(name, DataType.FLOAT, dims, new Uint8Array(4 * all.length));
  more.setCoding({
    kind: 'grid',
    scales: Float32Array.of(...own, own[own.length - 1]),
    axis,
    codes: scatterRows(all, channelsOf(dims, axis)),
  });
  return more;
}

/** In place of one initializer, and in its place among the others. */
export function replaceInitializer(document: Document, graph: Graph, name: string, tensors: readonly Tensor[]): void {
  const before = [...graph.initializers];
  graph.initializers.clear();
  if (graph === document.graph) graph.inputs = graph.inputs.filter((input) => input.name !== name);
  for (const [other, tensor] of before) {
    if (other !== name) graph.initializers.set(other, tensor);
    else for (const each of tensors) addInitializer(document, graph, each);
  }
}
