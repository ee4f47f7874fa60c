import type { DataType, Dimension } from '../core/index.js';

/** A dense array at the border of a runtime. `data` fits `dataType` (FLOAT → Float32Array, INT64 → BigInt64Array …). */
export interface RuntimeTensor {
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly data:
    | Float32Array
    | Float64Array
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | BigInt64Array
    | BigUint64Array;
}

export interface RuntimeValue {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly Dimension[];
}

/** A model that a runtime has loaded. */
export interface RuntimeSession {
  readonly inputs: readonly RuntimeValue[];
  readonly outputs: readonly RuntimeValue[];
  /**
   * Outputs that are no tensors of numbers are left out.
   *
   * @param fetch the outputs that are wanted; one with a tensor is written into that, of its very shape, and need not be
   *   looked up in the result (default: all outputs)
   * @throws {WringError} E_RUNTIME, E_DATA_TYPE
   */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetch?: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

export interface RuntimeOptions {
  /** Threads inside one operator (default: 0, the runtime's own choice). Results can differ in the last bits. */
  threads?: number;
  /** 'all' (default) optimizes the graph; 'disabled' runs it as written. */
  optimization?: 'all' | 'disabled';
}

/** What runs ONNX. Handed in: the library itself imports none. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** @param model ONNX bytes, or the path of a file @throws {WringError} E_RUNTIME */
  load(model: Uint8Array | string, options?: RuntimeOptions): Promise<RuntimeSession>;
}
