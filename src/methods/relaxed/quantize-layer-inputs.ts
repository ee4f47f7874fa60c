import { createNode, type Document, type Graph, type Node, Tensor, WringError } from '../../core/index.js';
import { type Feed, sampleValues } from '../../posterior/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { addInitializer, freshName } from '../../transforms/names.js';
import type { WeightRef } from '../weights.js';
import { bestStep, type IntegerGrid, signedGrid, unsignedGrid } from './integer-grid.js';
import { ValueOrigins } from './value-origins.js';

/** One quantizer in the graph: y = α · clip(round(x / α), low, high). */
export interface ActivationQuantizer extends IntegerGrid {
  /** x, and what layers read in place of it. */
  readonly input: string;
  readonly output: string;
  /** α, a float of the graph. */
  readonly step: Tensor;
  /** Names of x / α, its rounding, and that within the grid. */
  readonly inner: readonly [ratio: string, rounded: string, level: string];
}

const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** Of each layer's input, in all; an even part of them where there are more. */
const MOST_VALUES = 1 << 18;
/** Since when bounds of Clip are inputs, and Round is there. */
const OPSET = 11;

/**
 * Rounds what layers take in to a grid of `bits`, all but the inputs of the model, moved and scaled or not: from 0 where it cannot be negative. Steps
 * are those of least squared error on the samples. In place, by standard operators; layers that read the same share a quantizer.
 *
 * @param layers the weights whose layers are meant, in the main graph
 * @throws {WringError} E_UNSUPPORTED below opset 11
 */
export async function quantizeLayerInputs(
  document: Document,
  layers: readonly WeightRef[],
  bits: number,
  feeds: readonly Feed[],
  runtime: Runtime,
): Promise<ActivationQuantizer[]> {
  const opset = document.opsets.get('') ?? 1;
  if (opset < OPSET) {
    throw new WringError('E_UNSUPPORTED', `Activations of ${bits} bits need opset ${OPSET}; the model has ${opset}`);
  }
  const { graph } = document;
  const readers = readersOf(graph, layers);
  const origins = new ValueOrigins(graph);
  const names = [...readers.keys()].filter((name) => !origins.isInput(name));
  const values = await sampleValues(document, names, feeds, runtime, MOST_VALUES);
  return names.map((name) => {
    const grid = origins.isRectified(name) ? unsignedGrid(bits) : signedGrid(bits);
    const step = Tensor.fromFloat32(
      freshName(document, `${name}.step`),
      [],
      Float32Array.of(bestStep(values.get(name)!, grid)),
    );
    addInitializer(document, graph, step);
    const quantizer = insert(document, name, step, grid);
    for (const { node, input } of readers.get(name)!) node.inputs[input] = quantizer.output;
    return quantizer;
  });
}

interface Reader {
  readonly node: Node;
  readonly input: number;
}

/** Who reads what, by the operand that is no weight. */
function readersOf(graph: Graph, layers: readonly WeightRef[]): Map<string, Reader[]> {
  const readers = new Map<string, Reader[]>();
  for (const { node, input } of layers.flatMap(({ uses }) => uses)) {
    const isLayer = node.domain === '' && LAYERS.has(node.opType) && input < 2 && graph.nodes.includes(node);
    if (!isLayer) continue;
    const name = node.inputs[1 - input];
    readers.set(name, [...(readers.get(name) ?? []), { node, input: 1 - input }]);
  }
  return readers;
}

function insert(document: Document, input: string, step: Tensor, grid: IntegerGrid): ActivationQuantizer {
  const { graph } = document;
  const fresh = (what: string) => freshName(document, `${input}.${what}`);
  const [ratio, rounded, level, output] = [fresh('ratio'), fresh('round'), fresh('level'), fresh('quantized')];
  const quantizer = { input, output, step, inner: [ratio, rounded, level] as const, ...grid };
  const [low, high] = (['low', 'high'] as const).map((end) => {
    const bound = Tensor.fromFloat32(fresh(end), [], Float32Array.of(grid[end]));
    addInitializer(document, graph, bound);
    return bound.name;
  });
  const nodes = [
    createNode('Div', [input, step.name], [ratio]),
    createNode('Round', [ratio], [rounded]),
    createNode('Clip', [rounded, low, high], [level]),
    createNode('Mul', [level, step.name], [output]),
  ];
  const at = graph.nodes.findIndex(({ outputs }) => outputs.includes(input));
  graph.nodes.splice(at + 1, 0, ...nodes);
  return quantizer;
}
