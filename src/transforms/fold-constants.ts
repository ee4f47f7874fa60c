import {
  constantsOf,
  DataType,
  type Document,
  type Graph,
  type Node,
  namesRead,
  rawByteLength,
  type Tensor,
  type Transform,
} from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { computeExactly } from './exact-operators.js';
import { foldByRuntime, SMALL_BYTES } from './fold-by-runtime.js';
import { addInitializer, isOverridable } from './names.js';
import { fromSmall, type SmallTensor, toSmall } from './small-tensor.js';

/** Before opset 7 arithmetic broadcast by attributes. */
const LEAST_OPSET = 7;

export interface FoldConstantsOptions {
  /** Computes what is beyond `computeExactly`, with the kernels that would compute it at load. */
  readonly runtime?: Runtime | undefined;
  /** Only these values of the main graph, whatever their size and dequantized ones too; needs a runtime (default: all). */
  readonly names?: ReadonlySet<string>;
}

/**
 * Computes, once, what depends on constants alone: the small arithmetic of shapes here, everywhere but in functions; the
 * rest of the main graph by the runtime, if one is given. Exact. Quantized weights stay quantized. A result is taken
 * only if the file does not grow: it is small, or no larger than the constants that it replaces and that nothing else
 * uses.
 */
export function foldConstants({ runtime, names }: FoldConstantsOptions = {}): Transform {
  return async (document, context) => {
    if (!names) for (const graph of document.graphs()) foldSmall(document, graph);
    if (runtime) await foldByRuntime(document, runtime, context, names);
  };
}

function foldSmall(document: Document, graph: Graph): void {
  if ((document.opsets.get('') ?? 0) < LEAST_OPSET) return;
  const constants = constantsOf(graph);
  const known = new Map<string, SmallTensor | null>();
  for (const [name, tensor] of constants)
    known.set(name, isOverridable(document, graph, name) ? null : toSmall(tensor));
  const fixed = fixedDims(document, graph, constants);
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const folded = new Set<Node>();
  for (const node of graph.nodes) {
    const lookup = node.opType === 'Shape' ? fixed : known;
    const inputs = node.inputs.map((name) => lookup.get(name) ?? known.get(name));
    if (!inputs.every((input): input is SmallTensor => !!input) || inputs.length === 0) continue;
    const result = computeExactly(node, inputs);
    if (!result) continue;
    known.set(node.outputs[0], result);
    const byteLength = rawByteLength(result.dataType, result.values.length);
    if (byteLength <= SMALL_BYTES && !outputs.has(node.outputs[0])) folded.add(node);
  }
  if (folded.size === 0) return;
  graph.nodes = graph.nodes.filter((node) => !folded.has(node));
  const read = new Set(graph.nodes.flatMap((node) => [...namesRead(node)]));
  for (const {
    outputs: [name],
  } of folded) {
    if (read.has(name)) addInitializer(document, graph, fromSmall(name, known.get(name)!));
  }
}

/** Constants, and inputs of fixed dims, which a runtime insists on; only their dims are looked at. */
function fixedDims(document: Document, graph: Graph, constants: ReadonlyMap<string, Tensor>): Map<string, SmallTensor> {
  const fixed = new Map<string, SmallTensor>();
  const add = (name: string, dims: readonly number[]) => {
    fixed.set(name, { dataType: DataType.UNDEFINED, dims, values: [] });
  };
  for (const [name, tensor] of constants) if (!isOverridable(document, graph, name)) add(name, tensor.dims);
  // What a caller hands to a body may have any dims.
  const inputs = graph === document.graph ? graph.inputs : [];
  for (const { name, dims } of inputs) {
    if (dims?.every((dim) => typeof dim === 'number' && dim >= 0)) add(name, dims as readonly number[]);
  }
  return fixed;
}
