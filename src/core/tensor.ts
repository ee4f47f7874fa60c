import { type ByteSource, MemorySource, readBytes } from './byte-source.js';
import { CodingSource, type WeightCoding } from './coding.js';
import { bitsPerElement, DataType, dataTypeName, rawByteLength } from './data-type.js';
import { WringError } from './error.js';
import { assertFloat, decodeFloats, encodeFloats } from './float.js';

/**
 * A constant array. Its numbers are in ONNX's `raw_data` layout (little-endian, row-major, types below 8 bits packed)
 * behind a {@link ByteSource}: nothing is in memory until somebody asks. STRING tensors keep their strings in
 * `preserved` alone and have an empty source.
 */
export class Tensor {
  name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  /**
   * What the format said of this tensor and this model does not (doc string, unknown fields, how and where the data
   * was stored). Only the room that read it knows its shape; it is handed back on write.
   */
  preserved: unknown = undefined;
  #source: ByteSource;
  #coding: WeightCoding | null = null;

  /** @throws {WringError} E_SHAPE when the byte length does not follow from data type and dims */
  constructor(name: string, dataType: DataType, dims: readonly number[], data: ByteSource | Uint8Array) {
    this.name = name;
    this.dataType = dataType;
    this.dims = dims;
    this.#source = data instanceof Uint8Array ? new MemorySource(data) : data;
    this.#checkLength(this.#source.byteLength);
  }

  /** A FLOAT tensor over a copy-free view of `values`. */
  static fromFloat32(name: string, dims: readonly number[], values: Float32Array): Tensor {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return new Tensor(name, DataType.FLOAT, dims, bytes);
  }

  /** An INT64 tensor, as shapes and axes are. What is 2^63 as a number is written as 2^63 − 1, the "to the end" of Slice. */
  static fromInt64s(name: string, dims: readonly number[], values: readonly number[]): Tensor {
    const array = BigInt64Array.from(values, (value) => (value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value)));
    return new Tensor(name, DataType.INT64, dims, new Uint8Array(array.buffer));
  }

  get elementCount(): number {
    return this.dims.reduce((product, dim) => product * dim, 1);
  }

  /** Bytes in `raw_data` layout. */
  get byteLength(): number {
    return this.#source.byteLength;
  }

  /** The numbers, in `raw_data` layout. */
  get source(): ByteSource {
    return this.#source;
  }

  /** What a method has recorded; null while the tensor holds plain numbers. */
  get coding(): WeightCoding | null {
    return this.#coding;
  }

  /** A fresh copy of the numbers in `raw_data` layout. */
  bytes(): Uint8Array {
    return readBytes(this.#source);
  }

  /** A fresh float32 copy of a float tensor (DOUBLE is rounded). @throws {WringError} E_DATA_TYPE */
  toFloat32(): Float32Array {
    const values = new Float32Array(this.elementCount);
    // All hosts of WebAssembly are little-endian.
    if (this.dataType === DataType.FLOAT) this.#source.readInto(new Uint8Array(values.buffer), 0);
    else decodeFloats(this.dataType, this.bytes(), values);
    return values;
  }

  /** Replaces the numbers; any coding is forgotten, so is how they were stored. */
  setSource(source: ByteSource): void {
    this.#checkLength(source.byteLength);
    this.#source = source;
    this.#coding = null;
  }

  /** Replaces the numbers of a float tensor, rounded to its data type. */
  setFloat32(values: Float32Array): void {
    assertFloat(this.dataType);
    const bytes = new Uint8Array(rawByteLength(this.dataType, values.length));
    encodeFloats(this.dataType, values, bytes);
    this.setSource(new MemorySource(bytes));
  }

  /** Replaces the numbers by those that `coding` stands for. */
  setCoding(coding: WeightCoding): void {
    this.setSource(new CodingSource(coding, this.dataType, this.dims));
    this.#coding = coding;
  }

  #checkLength(byteLength: number): void {
    const known = bitsPerElement(this.dataType) > 0;
    if (known && byteLength !== rawByteLength(this.dataType, this.elementCount)) {
      throw new WringError(
        'E_SHAPE',
        `Tensor "${this.name}": ${dataTypeName(this.dataType)} [${this.dims.join(', ')}] needs ` +
          `${rawByteLength(this.dataType, this.elementCount)} bytes but has ${byteLength}`,
      );
    }
  }
}
