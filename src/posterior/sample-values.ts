import { DataType, type Document } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Feed } from './output-error.js';

/**
 * What float values of the main graph are, on samples: of each all numbers, or an even part of them.
 *
 * @param most about how many numbers are kept of a value
 * @throws {WringError} E_RUNTIME
 */
export async function sampleValues(
  document: Document,
  names: readonly string[],
  feeds: readonly Feed[],
  runtime: Runtime,
  most: number,
): Promise<Map<string, Float32Array>> {
  if (names.length === 0) return new Map();
  const outputs = names.map((name) => ({ name, dataType: DataType.FLOAT, dims: null }));
  const probe = Object.assign(Object.create(document), { graph: { ...document.graph, outputs } }) as Document;
  const session = await runtime.load(modelBytes(probe));
  const parts = new Map(names.map((name) => [name, [] as number[]]));
  try {
    for (const feed of feeds) {
      const found = await session.run(feed);
      for (const name of names) {
        const data = found[name].data as Float32Array;
        const stride = Math.ceil((data.length * feeds.length) / most);
        for (let i = 0; i < data.length; i += stride) parts.get(name)!.push(data[i]);
      }
    }
  } finally {
    await session.release();
  }
  return new Map(names.map((name) => [name, Float32Array.from(parts.get(name)!)]));
}
