import { type Document, isFloat, type Tensor } from '../core/index.js';

export interface TensorDifference {
  readonly name: string;
  /** 10 log₁₀ Σa² / Σ(b − a)², in dB; null when they are equal. */
  readonly sqnr: number | null;
  readonly maxDelta: number;
}

export interface TensorComparison {
  readonly tensors: readonly TensorDifference[];
  /** Names of float tensors that only one of the documents has, or has in another shape. */
  readonly unmatched: readonly string[];
}

/** Compares float tensors of two documents by name: initializers, and what Constant nodes hold. */
export function compareTensors(a: Document, b: Document): TensorComparison {
  const [first, second] = [namedTensors(a), namedTensors(b)];
  const tensors: TensorDifference[] = [];
  const unmatched: string[] = [];
  for (const [name, tensor] of first) {
    const twin = second.get(name);
    if (twin && twin.dims.join() === tensor.dims.join()) tensors.push({ name, ...difference(tensor, twin) });
    else unmatched.push(name);
  }
  for (const name of second.keys()) if (!first.has(name)) unmatched.push(name);
  return { tensors, unmatched };
}

function namedTensors(document: Document): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const graph of document.graphs()) {
    for (const [name, tensor] of graph.initializers) if (isFloat(tensor.dataType)) tensors.set(name, tensor);
  }
  for (const node of document.nodes()) {
    const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
    if (value?.kind === 'tensor' && isFloat(value.value.dataType)) tensors.set(node.outputs[0], value.value);
  }
  return tensors;
}

function difference(a: Tensor, b: Tensor): Omit<TensorDifference, 'name'> {
  const [x, y] = [a.toFloat32(), b.toFloat32()];
  let signal = 0;
  let noise = 0;
  let maxDelta = 0;
  for (let i = 0; i < x.length; i++) {
    const delta = Math.abs(y[i] - x[i]);
    signal += x[i] * x[i];
    noise += delta * delta;
    maxDelta = Math.max(maxDelta, delta);
  }
  return { sqnr: noise === 0 ? null : 10 * Math.log10(signal / noise), maxDelta };
}
