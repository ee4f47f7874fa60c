import { DataType, Document } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Feed } from './output-error.js';

/**
 * Numbers that values of the main graph take on samples, at even distances where there are too many.
 *
 * @param names outputs of nodes, float32
 * @param most  numbers of each, about
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
  const asking = Object.assign(new Document(), document, { graph: { ...document.graph, outputs } });
  const parts = new Map(names.map((name) => [name, [] as number[]]));
  const session = await runtime.load(modelBytes(asking));
  try {
    for (const feed of feeds) {
      const found = await session.run(feed);
      for (const [name, part] of parts) {
        const data = found[name].data as Float32Array;
        const stride = Math.ceil((data.length * feeds.length) / most);
        for (let i = 0; i < data.length; i += stride) part.push(data[i]);
      }
    }
  } finally {
    await session.release();
  }
  return new Map(Array.from(parts, ([name, part]) => [name, Float32Array.from(part)]));
}
