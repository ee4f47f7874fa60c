import type { ByteSource } from './byte-source.js';
import { assertRange } from './byte-source.js';
import { bitsPerElement, type DataType } from './data-type.js';
import { assertFloat, encodeFloats } from './float.js';

/** Values that exist, shared by every tensor that holds the same object. Ascending, distinct, finite, no −0. */
export interface Codebook {
  readonly values: Float32Array;
}

/**
 * What a method knows of a tensor: which values exist and which of them each weight takes. It stands for the tensor's
 * numbers (see `Tensor.setCoding`): an output format may spell it in any way that gives back exactly these numbers.
 */
export type WeightCoding = CodebookCoding | GridCoding;

/** weight[i] = codebook.values[codes[i]], rounded to the tensor's data type. */
export interface CodebookCoding {
  readonly kind: 'codebook';
  readonly codebook: Codebook;
  readonly codes: Uint16Array;
}

/**
 * weight[i] = f32(scale · codes[i]), rounded to the tensor's data type, where scale = scales[0] if there is one, else
 * scales[index of i along `axis`] (scales.length = dims[axis]). Scales are positive and finite.
 */
export interface GridCoding {
  readonly kind: 'grid';
  readonly scales: Float32Array;
  readonly axis: number;
  readonly codes: Int16Array;
}

const BLOCK = 65536;

/** The plain numbers of a coding, made when they are read, so that a coded tensor costs no memory twice. */
export class CodingSource implements ByteSource {
  readonly byteLength: number;
  readonly #bytesPerElement: number;

  constructor(
    readonly coding: WeightCoding,
    readonly dataType: DataType,
    readonly dims: readonly number[],
  ) {
    assertFloat(dataType);
    this.#bytesPerElement = bitsPerElement(dataType) / 8;
    // Not from coding.codes: a coding read from a file decodes its codes when they are first asked for.
    this.byteLength = dims.reduce((product, dim) => product * dim, 1) * this.#bytesPerElement;
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    if (target.length === 0) return;
    const size = this.#bytesPerElement;
    const first = Math.floor(byteOffset / size);
    const end = Math.ceil((byteOffset + target.length) / size);
    const values = new Float32Array(Math.min(BLOCK, end - first));
    const bytes = new Uint8Array(values.length * size);
    for (let start = first; start < end; start += BLOCK) {
      const count = Math.min(BLOCK, end - start);
      decodeValues(this.coding, this.dims, start, values.subarray(0, count));
      encodeFloats(this.dataType, values.subarray(0, count), bytes.subarray(0, count * size));
      const from = Math.max(byteOffset, start * size);
      const to = Math.min(byteOffset + target.length, (start + count) * size);
      target.set(bytes.subarray(from - start * size, to - start * size), from - byteOffset);
    }
  }
}

/** Writes the float32 values of elements [start, start + target.length) of a coded tensor. */
export function decodeValues(coding: WeightCoding, dims: readonly number[], start: number, target: Float32Array): void {
  const { codes } = coding;
  if (coding.kind === 'codebook') {
    const { values } = coding.codebook;
    for (let i = 0; i < target.length; i++) target[i] = values[codes[start + i]];
    return;
  }
  const { scales } = coding;
  if (scales.length === 1) {
    const scale = scales[0];
    for (let i = 0; i < target.length; i++) target[i] = scale * codes[start + i];
    return;
  }
  const inner = dims.slice(coding.axis + 1).reduce((product, dim) => product * dim, 1);
  let channel = Math.floor(start / inner) % scales.length;
  let rest = inner - (start % inner);
  for (let i = 0; i < target.length; ) {
    const stop = Math.min(target.length, i + rest);
    const scale = scales[channel];
    for (; i < stop; i++) target[i] = scale * codes[start + i];
    channel = channel + 1 === scales.length ? 0 : channel + 1;
    rest = inner;
  }
}
