import { DataType, isFloat, WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import type { Dataset } from './dataset.js';
import { applyPreprocess, type Layout, type Preprocess } from './preprocess.js';
import type { Samples } from './samples.js';
import type { Targets } from './targets.js';
import { toNumbers } from './typed-array.js';

export interface DatasetParts {
  readonly name: string;
  readonly samples: Samples;
  /** One whole number a sample is its class; anything else, by samples, is what outputs are to be; null where there are none. */
  readonly labels: RuntimeTensor | null;
  readonly layout: Layout;
  /** null: samples are what the model takes. */
  readonly preprocess: Preprocess | null;
}

/**
 * Stored samples and labels as a {@link Dataset}.
 * @throws {WringError} E_SHAPE when there are not as many labels as samples; `batch` throws E_RANGE, and E_SHAPE for preprocessing
 *   that does not fit
 */
export function preprocessedDataset({ name, samples, labels, layout, preprocess }: DatasetParts): Dataset {
  return {
    name,
    length: samples.length,
    ...truthOf(labels, samples.length, name),
    batch: (start, count) => {
      if (start < 0 || count < 1 || start + count > samples.length) {
        throw new WringError(
          'E_RANGE',
          `"${name}" has ${samples.length} samples but ${start} to ${start + count} were asked for`,
        );
      }
      const stored = samples.read(start, count);
      return preprocess ? applyPreprocess(stored, layout, preprocess, name) : stored;
    },
  };
}

function truthOf(
  labels: RuntimeTensor | null,
  length: number,
  name: string,
): { readonly labels: ArrayLike<number> | null; readonly targets: Targets | null } {
  if (!labels) return { labels: null, targets: null };
  const { dataType, dims, data } = labels;
  if (dims[0] !== length) {
    throw new WringError(
      'E_SHAPE',
      `"${name}": expected labels of ${length} samples but received ${dims[0] ?? 'one number'}`,
    );
  }
  const isClass = data.length === length && !isFloat(dataType) && dataType !== DataType.BOOL;
  if (isClass) return { labels: toNumbers(labels), targets: null };
  return { labels: null, targets: { dims: dims.slice(1), data: Float32Array.from(toNumbers(labels)) } };
}
