import {
  bitsPerElement,
  constantsOf,
  DataType,
  Document,
  type Graph,
  isWringError,
  type Node,
  namesRead,
  subgraphsOf,
  Tensor,
  type TransformContext,
} from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { addInitializer, freshName, isOverridable } from './names.js';

/** Results up to this size are always worth it; larger ones only where they take no more than they replace. */
export const SMALL_BYTES = 1024;

/** Not the same twice, or of no use as a constant. */
const NEVER = new Set([
  'Constant',
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
  'Dropout',
]);

/** What has been quantized stays so, unless it is asked for by name. */
const QUANTIZATION = new Set(['DequantizeLinear', 'QuantizeLinear', 'DynamicQuantizeLinear']);

/**
 * Computes what depends on constants alone, main graph only, in one run of the runtime. A result is taken if it is
 * small, or no larger than the constants that it replaces and that nothing else uses. What the runtime refuses stays,
 * with a warning.
 *
 * @param names take these and no others, whatever their size
 */
export async function foldByRuntime(
  document: Document,
  runtime: Runtime,
  { logger }: TransformContext,
  names?: ReadonlySet<string>,
): Promise<void> {
  const { graph } = document;
  const constants = new Map([...constantsOf(graph)].filter(([name]) => !isOverridable(document, graph, name)));
  const never = names ? NEVER : new Set([...NEVER, ...QUANTIZATION]);
  const cone = constantNodes(graph, constants, never);
  const results = resultsOf(graph, cone).filter((name) => names?.has(name) ?? true);
  if (results.length === 0) return;
  let values: Record<string, RuntimeTensor>;
  try {
    values = await evaluate(document, cone, results, runtime);
  } catch (error) {
    if (!isWringError(error, 'E_RUNTIME')) throw error;
    logger.warn(`Constants are left unfolded: ${error.message}`);
    return;
  }
  for (const name of results) {
    const tensor = toTensor(name, values[name]);
    if (tensor && (names || isWorthIt(graph, name, tensor, cone, constants))) replace(document, graph, name, tensor);
  }
}

/** Nodes all of whose inputs are constants, in order. */
function constantNodes(graph: Graph, constants: ReadonlyMap<string, Tensor>, never: ReadonlySet<string>): Set<Node> {
  const known = new Set(constants.keys());
  const cone = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.domain !== '' || never.has(node.opType) || subgraphsOf(node).length > 0) continue;
    if (node.inputs.length === 0 || !node.inputs.every((name) => name === '' || known.has(name))) continue;
    cone.add(node);
    for (const output of node.outputs) known.add(output);
  }
  return cone;
}

/** What the rest of the graph reads from the constant nodes. */
function resultsOf(graph: Graph, cone: ReadonlySet<Node>): string[] {
  const made = new Set([...cone].flatMap((node) => node.outputs));
  const read = new Set<string>();
  for (const node of graph.nodes) {
    if (!cone.has(node)) for (const name of namesRead(node)) read.add(name);
  }
  const outputs = new Set(graph.outputs.map((output) => output.name));
  return [...read].filter((name) => made.has(name) && !outputs.has(name));
}

async function evaluate(
  document: Document,
  cone: ReadonlySet<Node>,
  results: readonly string[],
  runtime: Runtime,
): Promise<Record<string, RuntimeTensor>> {
  const { graph } = document;
  const nodes = graph.nodes.filter((node) => cone.has(node) || node.opType === 'Constant');
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const part = Object.assign(new Document(), document, {
    graph: {
      ...graph,
      nodes,
      initializers: new Map([...graph.initializers].filter(([name]) => read.has(name))),
      sparseInitializers: [],
      inputs: [],
      outputs: results.map((name) => ({ name, dataType: null, dims: null })),
      values: [],
    },
  });
  // Before IR 4 initializers without an input of the same name are refused; the numbers are the same in IR 4.
  part.irVersion = Math.max(4, document.irVersion);
  const session = await runtime.load(modelBytes(part), { optimization: 'disabled' });
  try {
    return await session.run({});
  } finally {
    await session.release();
  }
}

function toTensor(name: string, value: RuntimeTensor | undefined): Tensor | null {
  if (!value || bitsPerElement(value.dataType) < 8 || value.dataType === DataType.STRING) return null;
  const { buffer, byteOffset, byteLength } = value.data;
  return new Tensor(
    name,
    value.dataType,
    value.dims,
    new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)),
  );
}

function isWorthIt(
  graph: Graph,
  name: string,
  result: Tensor,
  cone: ReadonlySet<Node>,
  constants: ReadonlyMap<string, Tensor>,
): boolean {
  if (result.byteLength <= SMALL_BYTES) return true;
  const producers = new Map([...cone].flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const behind = new Set<Node>();
  const sources = new Set<string>();
  const visit = (value: string): void => {
    const node = producers.get(value);
    if (!node) sources.add(value);
    else if (!behind.has(node)) {
      behind.add(node);
      for (const input of node.inputs) if (input !== '') visit(input);
    }
  };
  visit(name);
  let replaced = 0;
  for (const source of sources) {
    const shared = graph.nodes.some((node) => !behind.has(node) && namesRead(node).has(source));
    if (!shared) replaced += constants.get(source)?.byteLength ?? 0;
  }
  return result.byteLength <= replaced;
}

function replace(document: Document, graph: Graph, name: string, tensor: Tensor): void {
  for (const node of graph.nodes) {
    node.outputs = node.outputs.map((output) => (output === name ? freshName(document, `${name}.unfolded`) : output));
  }
  addInitializer(document, graph, tensor);
}
