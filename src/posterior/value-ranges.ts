import { createNode, DataType, Document, type Node, type TransformContext } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { meanOutputs } from './mean-outputs.js';
import type { Feed } from './output-error.js';

/**
 * Smallest and largest number of float values of the main graph: of each run, averaged over the runs, so that one odd
 * sample does not stretch a range.
 *
 * @param names outputs of nodes, or inputs of the graph; those that are no floats are left out
 */
export async function measureRanges(
  document: Document,
  names: readonly string[],
  feeds: readonly Feed[],
  runtime: Runtime,
  context: TransformContext,
): Promise<Map<string, readonly [number, number]>> {
  const floats = await floatsAmong(document, names, runtime);
  const keep = { keepdims: { kind: 'int', value: 0n } } as const;
  const probes = floats.map((name, i) => ({ name, low: `wring.low.${i}`, high: `wring.high.${i}` }));
  const nodes = probes.flatMap(({ name, low, high }) => [
    createNode('ReduceMin', [name], [low], keep),
    createNode('ReduceMax', [name], [high], keep),
  ]);
  const outputs = probes.flatMap(({ low, high }) => [low, high]);
  if (outputs.length === 0) return new Map();
  const session = await runtime.load(modelBytes(asking(document, outputs, nodes)));
  try {
    const means = await meanOutputs(outputs, feeds.length, context, (index) => session.run(feeds[index]));
    return new Map(probes.map(({ name, low, high }) => [name, [means.get(low)![0], means.get(high)![0]]]));
  } finally {
    await session.release();
  }
}

/** The runtime knows the types of values that the model does not state. */
async function floatsAmong(document: Document, names: readonly string[], runtime: Runtime): Promise<string[]> {
  const inputs = document.graph.inputs.filter(({ dataType }) => dataType === DataType.FLOAT).map(({ name }) => name);
  const given = new Set([...document.graph.inputs.map(({ name }) => name), ...document.graph.initializers.keys()]);
  const asked = names.filter((name) => !given.has(name));
  if (asked.length === 0) return names.filter((name) => inputs.includes(name));
  const session = await runtime.load(modelBytes(asking(document, asked)));
  const found = session.outputs.filter(({ dataType }) => dataType === DataType.FLOAT).map(({ name }) => name);
  await session.release();
  const floats = new Set([...inputs, ...found]);
  return names.filter((name) => floats.has(name));
}

/** The same network with other outputs, whose types are left for the runtime to find. */
function asking(document: Document, outputs: readonly string[], nodes: readonly Node[] = []): Document {
  const { graph } = document;
  return Object.assign(new Document(), document, {
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...nodes],
      outputs: outputs.map((name) => ({ name, dataType: null, dims: null })),
    },
  });
}
