import {
  bitsPerElement,
  ConcatSource,
  type Document,
  dataTypeName,
  isFloat,
  readBytes,
  SliceSource,
  type Tensor,
} from '../core/index.js';
import { DistanceMeter } from '../evaluation/index.js';
import { writeModel } from '../onnx/index.js';

export interface DifferenceOptions {
  /** Tensors of the second model whose numbers may differ (default: none). */
  readonly chosen?: ReadonlySet<Tensor>;
  /** SQNR in dB from which floats count as the same (default: only equal ones do). */
  readonly closeEnough?: number;
}

/** Bytes a step. */
const BLOCK = 1 << 22;

/**
 * Looks for what two models differ in: nodes, attributes, names, and every number of every tensor. Both models have the
 * numbers of the second afterwards.
 *
 * @returns the first difference in words; null when there is none
 */
export function findDifference(
  a: Document,
  b: Document,
  { chosen = new Set(), closeEnough = Number.POSITIVE_INFINITY }: DifferenceOptions = {},
): string | null {
  const [first, second] = [[...a.tensors()], [...b.tensors()]];
  for (const [i, tensor] of first.entries()) {
    const other = second[i];
    if (!other || describe(tensor) !== describe(other)) return `${describe(tensor)} is missing, or in another place`;
    if (!chosen.has(other) && !isEqual(tensor, other, closeEnough)) return `${describe(tensor)} has changed`;
  }
  if (second.length > first.length) return `${describe(second[first.length])} is new`;
  for (const [i, tensor] of first.entries()) {
    // The same numbers, written in the same way: what is left to differ is the graph. Strings are no numbers.
    if (bitsPerElement(tensor.dataType) === 0) continue;
    const { source } = second[i];
    for (const each of [tensor, second[i]]) each.setSource(new SliceSource(source, 0, source.byteLength));
  }
  return isSameFile(a, b) ? null : 'the graph has changed';
}

function describe({ name, dataType, dims }: Tensor): string {
  return `"${name}" (${dataTypeName(dataType)} [${dims.join(', ')}])`;
}

function isEqual(a: Tensor, b: Tensor, closeEnough: number): boolean {
  if (isSame(a.source, b.source)) return true;
  if (!isFloat(a.dataType)) return false;
  const meter = new DistanceMeter();
  meter.add(a.toFloat32(), b.toFloat32());
  const { sqnr } = meter.result;
  return sqnr !== null && sqnr >= closeEnough;
}

function isSameFile(a: Document, b: Document): boolean {
  const [first, second] = [a, b].map((document) => new ConcatSource(writeModel(document).map(({ source }) => source)));
  return isSame(first, second);
}

function isSame(a: Tensor['source'], b: Tensor['source']): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let start = 0; start < a.byteLength; start += BLOCK) {
    const count = Math.min(BLOCK, a.byteLength - start);
    const [one, other] = [readBytes(a, start, count), readBytes(b, start, count)];
    for (let i = 0; i < count; i++) if (one[i] !== other[i]) return false;
  }
  return true;
}
