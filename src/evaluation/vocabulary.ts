import { DataType, type Document, type Graph, type Tensor } from '../core/index.js';

/** Operators that pass indices on. */
const PASS = new Set(['Identity', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Transpose', 'Expand']);

/**
 * How many different tokens an integer input may hold: the rows of the table that a Gather reads at it, or the depth of
 * a OneHot, also one that is spelled as Equal with a list of all tokens. null when nothing of this is behind it.
 */
export function vocabularySize(document: Document, inputName: string): number | null {
  const { graph } = document;
  const indices = new Set([inputName]);
  let size: number | null = null;
  for (const node of graph.nodes) {
    if (PASS.has(node.opType) && indices.has(node.inputs[0])) indices.add(node.outputs[0]);
    let found: number | null = null;
    if (node.opType === 'Gather' && indices.has(node.inputs[1])) {
      const axis = node.attributes.get('axis');
      found = constantOf(graph, node.inputs[0])?.dims[axis?.kind === 'int' ? Number(axis.value) : 0] ?? null;
    } else if (node.opType === 'OneHot' && indices.has(node.inputs[0])) {
      found = scalarOf(constantOf(graph, node.inputs[1]));
    }
    if (node.opType === 'Equal') {
      const other = node.inputs.find((name) => !indices.has(name)) ?? '';
      const count = node.inputs.some((name) => indices.has(name)) ? (constantOf(graph, other)?.elementCount ?? 0) : 0;
      if (count > 1) found = count;
    }
    if (found !== null && (size === null || found < size)) size = found;
  }
  return size;
}

function constantOf(graph: Graph, name: string): Tensor | undefined {
  const initializer = graph.initializers.get(name);
  if (initializer) return initializer;
  const constant = graph.nodes.find((node) => node.opType === 'Constant' && node.outputs[0] === name);
  const value = constant?.attributes.get('value');
  return value?.kind === 'tensor' ? value.value : undefined;
}

function scalarOf(tensor: Tensor | undefined): number | null {
  if (tensor?.elementCount !== 1) return null;
  const bytes = tensor.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tensor.dataType === DataType.INT64) return Number(view.getBigInt64(0, true));
  if (tensor.dataType === DataType.INT32) return view.getInt32(0, true);
  if (tensor.dataType === DataType.FLOAT) return view.getFloat32(0, true);
  return null;
}
