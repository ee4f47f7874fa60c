import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { DataType, WringError } from '../core/index.js';
import type { RuntimeSession, RuntimeTensor, RuntimeValue } from './runtime.js';

/** What onnxruntime-node and onnxruntime-web have in common. */
type Ort = Pick<typeof import('onnxruntime-node'), 'Tensor'>;

/** onnxruntime's type names beside ONNX's numbers. */
const TYPE_NAMES: ReadonlyMap<DataType, OrtTensor.Type> = new Map([
  [DataType.FLOAT, 'float32'],
  [DataType.UINT8, 'uint8'],
  [DataType.INT8, 'int8'],
  [DataType.UINT16, 'uint16'],
  [DataType.INT16, 'int16'],
  [DataType.INT32, 'int32'],
  [DataType.INT64, 'int64'],
  [DataType.BOOL, 'bool'],
  [DataType.FLOAT16, 'float16'],
  [DataType.DOUBLE, 'float64'],
  [DataType.UINT32, 'uint32'],
  [DataType.UINT64, 'uint64'],
]);
const DATA_TYPES: ReadonlyMap<string, DataType> = new Map([...TYPE_NAMES].map(([type, name]) => [name, type]));

/** A session of either as a port. */
export function wrapSession(ort: Ort, session: InferenceSession): RuntimeSession {
  const outputs = session.outputMetadata.map(toValue);
  // Strings, sequences and maps cannot be handed out, so they are not asked for.
  const fetched = outputs.filter(({ dataType }) => dataType !== DataType.UNDEFINED).map(({ name }) => name);
  return {
    inputs: session.inputMetadata.map(toValue),
    outputs,
    run: async (feeds, fetch) => {
      try {
        const results = await session.run(allToOrt(ort, feeds), fetch ? allToOrt(ort, fetch) : fetched);
        return Object.fromEntries(Object.keys(results).map((name) => [name, fromOrt(results[name])]));
      } catch (cause) {
        throw refused('onnxruntime does not run the model', cause);
      }
    },
    release: () => session.release(),
  };
}

function toValue(metadata: InferenceSession.ValueMetadata): RuntimeValue {
  if (!metadata.isTensor) return { name: metadata.name, dataType: DataType.UNDEFINED, dims: [] };
  const dims = metadata.shape.map((dim) => (typeof dim === 'string' ? dim || null : sizeOf(dim)));
  return { name: metadata.name, dataType: DATA_TYPES.get(metadata.type) ?? DataType.UNDEFINED, dims };
}

/** What is not known is −1, which onnxruntime-web (1.30) gives as 2^32 − 1. */
function sizeOf(dim: number): number | null {
  return dim < 0 || dim > 0x7fffffff ? null : dim;
}

function allToOrt<T extends RuntimeTensor | null>(ort: Ort, tensors: Readonly<Record<string, T>>) {
  const entries = Object.entries(tensors).map(([name, tensor]) => [name, tensor && toOrt(ort, name, tensor)] as const);
  return Object.fromEntries(entries) as Record<string, T extends null ? OrtTensor | null : OrtTensor>;
}

function toOrt(ort: Ort, name: string, tensor: RuntimeTensor): OrtTensor {
  const type = TYPE_NAMES.get(tensor.dataType);
  if (!type)
    throw new WringError('E_DATA_TYPE', `Input "${name}": onnxruntime takes no data of type ${tensor.dataType}`);
  return new ort.Tensor(type, tensor.data as OrtTensor.DataType, tensor.dims);
}

function fromOrt({ type, dims, data }: OrtTensor): RuntimeTensor {
  const dataType = DATA_TYPES.get(type)!;
  const bits = dataType === DataType.FLOAT16 && !(data instanceof Uint16Array);
  // Where the engine knows Float16Array, onnxruntime gives that.
  return {
    dataType,
    dims,
    data: bits ? halfBits(data as unknown as ArrayBufferView) : (data as RuntimeTensor['data']),
  };
}

function halfBits({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** onnxruntime's errors are long and on several lines; the first says what matters. */
export function refused(what: string, cause: unknown): WringError {
  if (cause instanceof WringError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WringError('E_RUNTIME', `${what}: ${message.split('\n')[0].trim()}`, { cause });
}
