import { type Document, Random, stopIfAborted, type Tensor, type TransformContext } from '../core/index.js';
import type { OutputError } from './output-error.js';

/**
 * How much the outputs suffer when one tensor is quantized: d error / d step², for a uniform error of width `step` on
 * every weight. The tensor's own posterior, measured: a small figure means that its weights may move far.
 *
 * Adds seeded uniform noise to one tensor at a time and runs the model; one session a tensor. The width is a quarter
 * of the tensor's standard deviation, where the error is still proportional to step² and well above float noise.
 *
 * @returns error per step², for every tensor of `tensors`; at least {@link FLOOR} / step²
 */
export async function measureSensitivity(
  document: Document,
  tensors: readonly Tensor[],
  outputs: OutputError,
  seed: number,
  context: TransformContext,
): Promise<Map<Tensor, number>> {
  const sensitivity = new Map<Tensor, number>();
  for (const [index, tensor] of tensors.entries()) {
    stopIfAborted(context.signal, 'measuring sensitivities');
    const original = tensor.source;
    const values = tensor.toFloat32();
    const step = standardDeviation(values) / 4;
    if (step > 0) {
      const random = new Random(seed).fork(index);
      for (let i = 0; i < values.length; i++) values[i] += (random.uniform() - 0.5) * step;
      const { preserved } = tensor;
      try {
        tensor.setFloat32(values);
        const error = await outputs.measure(document);
        sensitivity.set(tensor, Math.max(Number.isFinite(error) ? error : 1, FLOOR) / (step * step));
      } finally {
        tensor.setSource(original);
        tensor.preserved = preserved;
      }
    }
    context.onProgress({ step: 'sensitivity', done: index + 1, total: tensors.length, note: tensor.name });
  }
  return sensitivity;
}

/** Below this the runtime's own rounding speaks; a tensor that seems to have no effect gets no infinite freedom. */
const FLOOR = 1e-7;

/** √(mean square − mean²): the spread around the tensor's own mean, 0 for a constant tensor. */
export function standardDeviation(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}
