import { createHash } from 'node:crypto';
import { DataType, type Document, Random } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { RuntimeOptions, RuntimeTensor, RuntimeValue } from '../../src/runtime/runtime.js';

/** Unknown dimensions are this long. */
const FREE = 2;

/**
 * The outputs of a model on one synthetic input, as onnxruntime computes them on one thread: N(0, 1) for floats, small
 * non-negative numbers for integers.
 */
export async function runModel(
  model: Document | Uint8Array,
  { seed = 1, ...options }: RuntimeOptions & { seed?: number } = {},
): Promise<Record<string, RuntimeTensor>> {
  const runtime = await ortNode();
  const bytes = model instanceof Uint8Array ? model : modelBytes(model);
  const session = await runtime.load(bytes, { threads: 1, ...options });
  try {
    const random = new Random(seed);
    return await session.run(Object.fromEntries(session.inputs.map((input) => [input.name, feedOf(input, random)])));
  } finally {
    await session.release();
  }
}

/** SHA-256 of every output of {@link runModel}: equal only if every bit is, −0 and NaN included. */
export async function runBits(
  model: Document | Uint8Array,
  options: RuntimeOptions & { seed?: number } = {},
): Promise<Record<string, string>> {
  const outputs = Object.entries(await runModel(model, options));
  return Object.fromEntries(
    outputs.map(([name, { dims, data }]) => {
      const hash = createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return [name, `[${dims}] ${hash.digest('hex')}`];
    }),
  );
}

/** The largest |a − b| / (1 + |a|) over all outputs. */
export function distance(a: Record<string, RuntimeTensor>, b: Record<string, RuntimeTensor>): number {
  let largest = 0;
  for (const [name, { data }] of Object.entries(a)) {
    const other = b[name].data;
    for (let i = 0; i < data.length; i++) {
      largest = Math.max(largest, Math.abs(Number(data[i]) - Number(other[i])) / (1 + Math.abs(Number(data[i]))));
    }
  }
  return largest;
}

function feedOf(input: RuntimeValue, random: Random): RuntimeTensor {
  const dims = input.dims.map((dim) => (typeof dim === 'number' ? dim : FREE));
  const count = dims.reduce((product, dim) => product * dim, 1);
  const { dataType } = input;
  if (dataType === DataType.FLOAT)
    return { dataType, dims, data: Float32Array.from({ length: count }, () => random.normal()) };
  const small = Array.from({ length: count }, () => random.below(4));
  if (dataType === DataType.INT64) return { dataType, dims, data: BigInt64Array.from(small, BigInt) };
  if (dataType === DataType.INT32) return { dataType, dims, data: Int32Array.from(small) };
  if (dataType === DataType.BOOL) return { dataType, dims, data: Uint8Array.from(small, (x) => x & 1) };
  throw new Error(`no synthetic input of type ${dataType}`);
}
