import {
  countUses,
  createNode,
  DataType,
  type Document,
  type Graph,
  intAttribute,
  type Node,
  Tensor,
  type Transform,
} from '../../core/index.js';
import { addInitializer, freshName } from '../../transforms/names.js';
import { listSums, type PointSum } from './list-sums.js';

/**
 * Spells points as the paper does: a layer multiplies its input by its first points and by further ones, and adds the products
 * of the same channel. More work at run time than one weight that is their sum, but every product is one of low-bit numbers.
 *
 *   Conv:          y = Conv(x, W.points, b) + Gather(Conv(x, W.more), W.places.2) + …
 *   MatMul, Gemm:  y = x · W.points (+ b) + (x · W.more) · S,   S of zeros and ones
 *
 * In a grouped or depthwise convolution every further channel is a group of its own, whose inputs are gathered. Sums that
 * something else reads stay sums of weights. Exact but for the order of additions.
 */
export function spellProducts(): Transform {
  return (document) => {
    for (const graph of document.graphs()) {
      for (const sum of listSums(graph)) spellSum(document, graph, sum);
    }
  };
}

function spellSum(document: Document, graph: Graph, sum: PointSum): void {
  const readers = graph.nodes.filter((node) => node.inputs.includes(sum.name));
  const opset = document.opsets.get('') ?? 1;
  if (countUses(graph).get(sum.name) !== readers.length || !readers.every((node) => canMultiply(node, sum, opset)))
    return;
  const selection = readers.some((node) => node.opType !== 'Conv') ? addSelection(document, graph, sum) : '';
  for (const node of readers) {
    const parts = node.opType === 'Conv' ? convolve(document, graph, node, sum) : multiply(node, sum, selection);
    graph.nodes.splice(graph.nodes.indexOf(node), 1, ...parts);
  }
  graph.nodes = graph.nodes.filter((node) => !sum.nodes.includes(node));
  graph.values = graph.values.filter((value) => value.name !== sum.name);
  const uses = countUses(graph);
  for (const name of sum.initializers.places) if (!uses.has(name)) graph.initializers.delete(name);
}

/** Gemm may leave out its addend since opset 11. */
function canMultiply(node: Node, { name, axis, first }: PointSum, opset: number): boolean {
  if (node.domain !== '' || node.inputs.indexOf(name) !== 1 || node.inputs.lastIndexOf(name) !== 1) return false;
  if (node.opType === 'Conv') return axis === 0;
  if (node.opType === 'MatMul') return first.dims.length === 2 && axis === 1;
  return node.opType === 'Gemm' && opset >= 11 && axis === (intAttribute(node, 'transB', 0) === 1 ? 0 : 1);
}

function convolve(document: Document, graph: Graph, node: Node, { initializers, more, places }: PointSum): Node[] {
  const [output] = node.outputs;
  const groups = intAttribute(node, 'group', 1);
  const nodes: Node[] = [];
  let input = node.inputs[0];
  const attributes = new Map(node.attributes);
  if (groups > 1) {
    const channels = gatheredChannels(groups, more, places);
    const list = new Tensor(
      freshName(document, `${initializers.more}.inputs`),
      DataType.INT32,
      [channels.length],
      new Uint8Array(channels.buffer),
    );
    addInitializer(document, graph, list);
    nodes.push(createNode('Gather', [input, list.name], [`${output}.inputs`], { axis: { kind: 'int', value: 1n } }));
    input = `${output}.inputs`;
    attributes.set('group', { kind: 'int', value: BigInt(more.dims[0]) });
  }
  nodes.push({ ...createNode('Conv', [input, initializers.more], [`${output}.more`]), attributes });
  const [, , ...rest] = node.inputs;
  nodes.push({
    ...node,
    inputs: [node.inputs[0], initializers.first, ...rest],
    outputs: [`${output}.points`],
  });
  let edge = `${output}.points`;
  for (const [round, name] of initializers.places.entries()) {
    const rows = `${output}.rows.${round + 2}`;
    const next = round + 1 === places.length ? output : `${output}.sum.${round + 2}`;
    nodes.push(createNode('Gather', [`${output}.more`, name], [rows], { axis: { kind: 'int', value: 1n } }));
    nodes.push(createNode('Add', [edge, rows], [next]));
    edge = next;
  }
  return nodes;
}

/** The input channels of the group that each further channel belongs to; those of the first group for the row of zeros. */
function gatheredChannels(groups: number, more: Tensor, places: readonly Int32Array[]): Int32Array {
  const perGroup = more.dims[1];
  const channels = new Int32Array(more.dims[0] * perGroup);
  for (const rows of places) {
    rows.forEach((row, channel) => {
      if (row === more.dims[0] - 1) return;
      const group = Math.floor((channel * groups) / rows.length);
      for (let c = 0; c < perGroup; c++) channels[row * perGroup + c] = group * perGroup + c;
    });
  }
  for (let c = 0; c < perGroup; c++) channels[channels.length - perGroup + c] = c;
  return channels;
}

function multiply(node: Node, { initializers }: PointSum, selection: string): Node[] {
  const [output] = node.outputs;
  const [input, , ...rest] = node.inputs;
  const further = { ...node, name: '', inputs: [input, initializers.more], outputs: [`${output}.more`] };
  const first = { ...node, inputs: [input, initializers.first, ...rest], outputs: [`${output}.points`] };
  if (node.opType === 'Gemm') {
    const attributes = new Map([...node.attributes].filter(([name]) => name !== 'beta'));
    const add = createNode('Gemm', [`${output}.more`, selection, `${output}.points`], [output]);
    return [{ ...further, attributes }, first, add];
  }
  return [
    further,
    first,
    createNode('MatMul', [`${output}.more`, selection], [`${output}.rows`]),
    createNode('Add', [`${output}.points`, `${output}.rows`], [output]),
  ];
}

/** S: 1 where a further point (row) belongs to a channel (column). */
function addSelection(document: Document, graph: Graph, { more, places, axis, initializers }: PointSum): string {
  const rows = more.dims[axis];
  const columns = places[0].length;
  const codes = new Int16Array(rows * columns);
  for (const list of places) {
    list.forEach((row, channel) => {
      if (row < rows - 1) codes[row * columns + channel] = 1;
    });
  }
  const name = freshName(document, `${initializers.more}.selection`);
  const selection = new Tensor(name, DataType.FLOAT, [rows, columns], new Uint8Array(4 * codes.length));
  selection.setCoding({ kind: 'grid', scales: Float32Array.of(1), axis: 0, codes });
  addInitializer(document, graph, selection);
  return name;
}
