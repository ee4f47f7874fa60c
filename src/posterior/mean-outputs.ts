import { stopIfAborted, type TransformContext } from '../core/index.js';
import type { Feed } from './output-error.js';

/**
 * Averages float outputs over runs, in double and in the order of the runs.
 *
 * @param names of the outputs, of the same size in every run
 * @throws {WringError} E_INTERRUPTED, and what `run` throws
 */
export async function meanOutputs(
  names: readonly string[],
  runs: number,
  context: TransformContext,
  run: (index: number) => Promise<Feed>,
): Promise<ReadonlyMap<string, Float64Array>> {
  const sums = new Map<string, Float64Array>();
  for (let index = 0; index < runs; index++) {
    stopIfAborted(context.signal, 'measuring input moments');
    const outputs = await run(index);
    for (const name of names) {
      const values = outputs[name].data as Float32Array;
      const sum = sums.get(name) ?? new Float64Array(values.length);
      sums.set(name, sum);
      for (let i = 0; i < sum.length; i++) sum[i] += values[i];
    }
    context.onProgress({ step: 'input moments', done: index + 1, total: runs });
  }
  for (const sum of sums.values()) for (let i = 0; i < sum.length; i++) sum[i] /= runs;
  return sums;
}
