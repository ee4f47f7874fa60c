import { type Document, WringError } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';

/** How near the outputs of two models are, over all float outputs and feeds. */
export interface Fidelity {
  /** 10 log₁₀ Σa² / Σ(b − a)², in dB; null when they are equal. */
  readonly sqnr: number | null;
  readonly cosine: number;
  readonly maxDelta: number;
  /** Share of rows of the last axis with the same largest element; null when no output has three or more classes. */
  readonly top1Agreement: number | null;
}

/** Runs two models on the same feeds. @throws {WringError} E_RUNTIME, E_SHAPE when their outputs differ in kind */
export async function outputFidelity(
  a: Document,
  b: Document,
  feeds: readonly Readonly<Record<string, RuntimeTensor>>[],
  runtime: Runtime,
): Promise<Fidelity> {
  const first = await runtime.load(modelBytes(a));
  const second = await runtime.load(modelBytes(b));
  try {
    const sums = { signal: 0, noise: 0, other: 0, product: 0, maxDelta: 0, agreed: 0, rows: 0 };
    for (const feed of feeds) {
      const [expected, actual] = [await first.run(feed), await second.run(feed)];
      for (const [name, tensor] of Object.entries(expected)) {
        if (!(tensor.data instanceof Float32Array)) continue;
        const twin = actual[name]?.data;
        if (!(twin instanceof Float32Array) || twin.length !== tensor.data.length) {
          throw new WringError('E_SHAPE', `Output "${name}" of the two models differs in type or shape`);
        }
        accumulate(sums, tensor.data, twin, tensor.dims.length > 1 ? tensor.dims.at(-1)! : 1);
      }
    }
    const { signal, noise, other, product, maxDelta, agreed, rows } = sums;
    return {
      sqnr: noise === 0 ? null : 10 * Math.log10(signal / noise),
      cosine: signal > 0 && other > 0 ? product / Math.sqrt(signal * other) : 1,
      maxDelta,
      top1Agreement: rows > 0 ? agreed / rows : null,
    };
  } finally {
    await first.release();
    await second.release();
  }
}

interface Sums {
  signal: number;
  noise: number;
  other: number;
  product: number;
  maxDelta: number;
  agreed: number;
  rows: number;
}

function accumulate(sums: Sums, a: Float32Array, b: Float32Array, classes: number): void {
  for (let i = 0; i < a.length; i++) {
    const delta = b[i] - a[i];
    sums.signal += a[i] * a[i];
    sums.other += b[i] * b[i];
    sums.product += a[i] * b[i];
    sums.noise += delta * delta;
    sums.maxDelta = Math.max(sums.maxDelta, Math.abs(delta));
  }
  if (classes < 3) return;
  for (let start = 0; start + classes <= a.length; start += classes) {
    sums.rows++;
    if (argmax(a, start, classes) === argmax(b, start, classes)) sums.agreed++;
  }
}

function argmax(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}
