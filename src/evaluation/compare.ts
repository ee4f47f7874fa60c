import { bitsPerElement, type Document, type Tensor } from '../core/index.js';
import { hasTypedArray, toNumbers, typedArrayOf } from '../data/typed-array.js';
import { type Distance, DistanceMeter } from './distance.js';

/** One tensor of two documents. */
export interface TensorDistance extends Distance {
  readonly name: string;
}

export interface TensorComparison {
  /** In the order of the first document. */
  readonly tensors: readonly TensorDistance[];
  /** Names in one document only, of different shape, or of no numbers. */
  readonly unmatched: readonly string[];
}

/** Elements a step: no tensor is in memory as a whole. */
const BLOCK = 1 << 18;

/**
 * Compares the tensors of two documents, by name: of initializers their own, of constants that of the output they are. In
 * subgraphs the k-th of a name goes with the k-th.
 */
export function compareTensors(a: Document, b: Document): TensorComparison {
  const [first, second] = [namedTensors(a), namedTensors(b)];
  const tensors: TensorDistance[] = [];
  const unmatched: string[] = [];
  for (const [key, { name, tensor }] of first) {
    const other = second.get(key)?.tensor;
    if (other && isComparable(tensor, other)) tensors.push({ name, ...distanceOf(tensor, other) });
    else unmatched.push(name);
  }
  for (const [key, { name }] of second) if (!first.has(key)) unmatched.push(name);
  return { tensors, unmatched };
}

/** By name and how often it came before. */
function namedTensors(document: Document): Map<string, { name: string; tensor: Tensor }> {
  const found = new Map<string, { name: string; tensor: Tensor }>();
  const seen = new Map<string, number>();
  const add = (name: string, tensor: Tensor) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    found.set(`${name}\n${count}`, { name, tensor });
  };
  for (const graph of document.graphs()) for (const [name, tensor] of graph.initializers) add(name, tensor);
  for (const node of document.nodes()) {
    const value = node.attributes.get('value');
    if (value?.kind === 'tensor') add(node.outputs[0] ?? value.value.name, value.value);
  }
  return found;
}

function isComparable(a: Tensor, b: Tensor): boolean {
  return hasTypedArray(a.dataType) && hasTypedArray(b.dataType) && a.dims.join() === b.dims.join();
}

function distanceOf(a: Tensor, b: Tensor): Distance {
  const meter = new DistanceMeter();
  for (let start = 0; start < a.elementCount; start += BLOCK) {
    const count = Math.min(BLOCK, a.elementCount - start);
    meter.add(readNumbers(a, start, count), readNumbers(b, start, count));
  }
  return meter.result;
}

function readNumbers({ dataType, source }: Tensor, start: number, count: number): ArrayLike<number> {
  const size = bitsPerElement(dataType) / 8;
  const bytes = new Uint8Array(count * size);
  source.readInto(bytes, start * size);
  return toNumbers({ dataType, dims: [count], data: typedArrayOf(dataType, bytes) });
}
