import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { DataType, type Dimension, WringError } from '../core/index.js';
import type { Runtime, RuntimeOptions, RuntimeSession, RuntimeTensor, RuntimeValue } from './runtime.js';

type Ort = typeof import('onnxruntime-node');

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

/**
 * onnxruntime-node, imported when a model is first loaded.
 *
 * @param defaults of every `load` that says nothing else
 * @throws {WringError} E_RUNTIME when it is not installed, or refuses a model or its inputs
 */
export async function ortNode(defaults: RuntimeOptions = {}): Promise<Runtime> {
  const ort = await importOrt();
  return {
    name: 'onnxruntime-node',
    version: ort.env.versions.node ?? 'unknown',
    load: (model, options = {}) => load(ort, model, { ...defaults, ...options }),
  };
}

async function importOrt(): Promise<Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new WringError('E_RUNTIME', 'onnxruntime is needed here: install it with "npm install onnxruntime-node"', {
      cause,
    });
  }
}

async function load(ort: Ort, model: Uint8Array | string, options: RuntimeOptions): Promise<RuntimeSession> {
  const sessionOptions: InferenceSession.SessionOptions = {
    logSeverityLevel: 3,
    graphOptimizationLevel: options.optimization ?? 'all',
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
  };
  try {
    const session =
      typeof model === 'string'
        ? await ort.InferenceSession.create(model, sessionOptions)
        : await ort.InferenceSession.create(model, sessionOptions);
    return wrap(ort, session);
  } catch (cause) {
    throw refused('onnxruntime does not load the model', cause);
  }
}

function wrap(ort: Ort, session: InferenceSession): RuntimeSession {
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
  const dims: Dimension[] = metadata.shape.map((dim) => (typeof dim === 'string' ? dim || null : dim < 0 ? null : dim));
  return { name: metadata.name, dataType: DATA_TYPES.get(metadata.type) ?? DataType.UNDEFINED, dims };
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
function refused(what: string, cause: unknown): WringError {
  if (cause instanceof WringError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WringError('E_RUNTIME', `${what}: ${message.split('\n')[0].trim()}`, { cause });
}
