import type { ByteShare } from '../codec/index.js';
import { type Document, dataTypeName, isFloat, type Tensor } from '../core/index.js';
import { listWeights } from '../methods/weights.js';

/** One tensor as it is stored. */
export interface TensorFacts {
  readonly name: string;
  readonly role: string;
  readonly dataType: string;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  /** Distinct values. */
  readonly unique: number;
  /** Order-0 entropy in bits a value, zeros in. */
  readonly entropy: number;
  /** Share of zeros. */
  readonly zeros: number;
  readonly coding: 'plain' | 'grid' | 'codebook';
  /** Of a .wrg: its bytes in the body; 0 for what is in the head. null for an ONNX file. */
  readonly packedBytes: number | null;
  /** Whether it shares a chunk with other tensors, so that `packedBytes` is an estimate. */
  readonly shared: boolean;
}

/** A model as `inspect` shows it. */
export interface ModelFacts {
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion: number;
  /** Of a .wrg: skeleton, tables, small tensors; null for an ONNX file. */
  readonly headBytes: number | null;
  /** Of a .wrg: sparse tensors and the like, which are not listed; null for an ONNX file. */
  readonly otherBytes: number | null;
  readonly tensors: readonly TensorFacts[];
}

/** What a .wrg spends on its head, and on each tensor in the order of `document.tensors()`. */
export interface PackedShares {
  readonly head: number;
  readonly tensors: readonly (ByteShare | null)[];
}

/**
 * @param byteLength of the file
 * @param packed     null for an ONNX file
 */
export function describeModel(document: Document, byteLength: number, packed: PackedShares | null): ModelFacts {
  const tensors = describeTensors(document, packed?.tensors ?? null);
  const listed = tensors.reduce((sum, t) => sum + (t.packedBytes ?? 0), 0);
  return {
    opsets: Object.fromEntries(document.opsets),
    irVersion: document.irVersion,
    headBytes: packed?.head ?? null,
    otherBytes: packed && Math.max(0, Math.round(byteLength - packed.head - listed)),
    tensors,
  };
}

/**
 * Every tensor of a model, in the order of the file.
 *
 * @param shares of a .wrg, in the order of `document.tensors()`; null for an ONNX file
 */
function describeTensors(document: Document, shares: readonly (ByteShare | null)[] | null = null): TensorFacts[] {
  const roles = new Map(listWeights(document).map((ref) => [ref.tensor, ref]));
  const shareOf = new Map(Array.from(document.tensors(), (tensor, i) => [tensor, shares?.[i]]));
  const facts: TensorFacts[] = [];
  for (const tensor of new Set([...document.tensors(), ...roles.keys()])) {
    const ref = roles.get(tensor);
    facts.push({
      name: ref?.name ?? tensor.name,
      role: ref?.role ?? '',
      dataType: dataTypeName(tensor.dataType),
      dims: tensor.dims,
      elements: tensor.elementCount,
      byteLength: tensor.byteLength,
      ...histogramFacts(tensor),
      coding: tensor.coding?.kind ?? 'plain',
      packedBytes: shares && (shareOf.get(tensor)?.bytes ?? 0),
      shared: shareOf.get(tensor)?.shared ?? false,
    });
  }
  return facts;
}

/** By sorting: in memory, a million distinct numbers are four megabytes and not fifty. */
function histogramFacts(tensor: Tensor): { unique: number; entropy: number; zeros: number } {
  const values = sortedValues(tensor);
  const total = values.length;
  let unique = 0;
  let entropy = 0;
  let zeros = 0;
  for (let start = 0, end = 0; start < total; start = end) {
    const value = values[start];
    // −0 is 0, and one NaN is as good as another: they are the last.
    if (Number.isNaN(value)) end = total;
    while (end < total && values[end] === value) end++;
    const share = (end - start) / total;
    unique++;
    entropy -= share * Math.log2(share);
    // biome-ignore lint/suspicious/noDoubleEquals: 0 and 0n alike
    if (value == 0) zeros += share;
  }
  return { unique, entropy: Math.max(0, entropy), zeros };
}

/** Numbers of a float tensor, elements of any other as integers, bytes where elements are smaller. */
function sortedValues(tensor: Tensor): Float32Array | BigInt64Array | Uint32Array | Uint16Array | Uint8Array {
  // Copies, which may be sorted.
  if (isFloat(tensor.dataType)) return tensor.toFloat32().sort();
  const raw = tensor.bytes();
  const width = tensor.elementCount > 0 ? raw.length / tensor.elementCount : 0;
  if (width === 8) return new BigInt64Array(raw.buffer, 0, tensor.elementCount).sort();
  if (width === 4) return new Uint32Array(raw.buffer, 0, tensor.elementCount).sort();
  if (width === 2) return new Uint16Array(raw.buffer, 0, tensor.elementCount).sort();
  return raw.sort();
}
