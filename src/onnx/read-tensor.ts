import { type ByteSource, DataType, MemorySource, type SparseTensor, Tensor, WringError } from '../core/index.js';
import { type ExternalPlace, externalPlace, type ResolveExternal } from './external-data.js';
import type { onnx } from './generated/onnx.js';
import { type Long, longToNumber } from './messages.js';
import { payloadNumbers, type StoredPayload } from './payload.js';
import type { PreservedMessage, PreservedTensor } from './preserved.js';

/** What the conversion of messages needs besides them. */
export interface ReadContext {
  /** By the marker in TensorProto.wring_payload. */
  readonly payloads: readonly StoredPayload[];
  readonly resolveExternal: ResolveExternal;
}

const EXTERNAL = 1;

export function readTensor(message: onnx.TensorProto.$Properties, context: ReadContext): Tensor {
  const { wringPayload, ...rest } = message;
  const kept: onnx.TensorProto.$Properties = rest;
  if (message.$unknowns) kept.$unknowns = message.$unknowns;
  const name = message.name ?? '';
  const dataType = message.dataType ?? 0;
  const dims = readDims(name, message.dims);
  const elementCount = dims.reduce((product, dim) => product * dim, 1);
  const stored = context.payloads[wringPayload ?? 0];
  let source: ByteSource;
  let external: ExternalPlace | null = null;
  if (dataType === DataType.STRING) {
    source = new MemorySource(new Uint8Array(0));
  } else if (message.dataLocation === EXTERNAL) {
    const entries = message.externalData ?? [];
    const found = externalPlace(name, dataType, elementCount, entries, context.resolveExternal);
    source = found.source;
    external = found.place;
  } else {
    source = payloadNumbers(name, dataType, elementCount, stored);
  }
  const tensor = new Tensor(name, dataType, dims, source);
  tensor.preserved = { message: kept, stored, source, external } satisfies PreservedTensor;
  return tensor;
}

export function readSparseTensor(message: onnx.SparseTensorProto.$Properties, context: ReadContext): SparseTensor {
  const { values, indices, ...rest } = message;
  const kept: onnx.SparseTensorProto.$Properties = rest;
  if (message.$unknowns) kept.$unknowns = message.$unknowns;
  const name = values?.name ?? '';
  if (!values || !indices) {
    throw new WringError('E_NOT_ONNX', `Sparse tensor "${name}": expected values and indices but one is missing`);
  }
  const preserved: PreservedMessage<onnx.SparseTensorProto.$Properties> = { message: kept };
  return {
    values: readTensor(values, context),
    indices: readTensor(indices, context),
    dims: readDims(name, message.dims),
    preserved,
  };
}

/** @throws {WringError} E_SHAPE when a dimension is negative, or the element count is no exact number */
function readDims(name: string, dims: Long[] | null | undefined): number[] {
  const numbers = (dims ?? []).map(longToNumber);
  const negative = numbers.find((dim) => dim < 0);
  if (negative !== undefined) {
    throw new WringError(
      'E_SHAPE',
      `Tensor "${name}": expected dims ≥ 0 but received ${negative} in [${numbers.join(', ')}]`,
    );
  }
  // Zeros are left out, so that no product on the way overflows either.
  const product = numbers.filter((dim) => dim > 0).reduce((a, b) => a * b, 1);
  if (!(product <= Number.MAX_SAFE_INTEGER / 16)) {
    throw new WringError('E_SHAPE', `Tensor "${name}": [${numbers.join(', ')}] has more elements than a file can hold`);
  }
  return numbers;
}
