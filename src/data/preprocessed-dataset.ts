import { bitsPerElement, DataType, isFloat, WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import type { Dataset } from './dataset.js';
import { applyPreprocess, type Layout, type Preprocess } from './preprocess.js';
import type { Samples } from './samples.js';
import { toNumbers } from './typed-array.js';

export interface DatasetParts {
  readonly name: string;
  readonly samples: Samples;
  /** One whole number a sample; null where there are none. */
  readonly labels: RuntimeTensor | null;
  readonly layout: Layout;
  /** null: samples are what the model takes. */
  readonly preprocess: Preprocess | null;
}

/**
 * Stored samples and labels as a {@link Dataset}.
 * @throws {WringError} E_SHAPE when labels do not fit the samples; `batch` throws E_RANGE, and E_SHAPE for preprocessing
 *   that does not fit
 */
export function preprocessedDataset({ name, samples, labels, layout, preprocess }: DatasetParts): Dataset {
  return {
    name,
    length: samples.length,
    labels: labels && readLabels(labels, samples.length, name),
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

function readLabels(labels: RuntimeTensor, length: number, name: string): ArrayLike<number> {
  const count = labels.data.length;
  if (count !== length || isFloat(labels.dataType) || labels.dataType === DataType.BOOL) {
    const bits = bitsPerElement(labels.dataType);
    const kind = isFloat(labels.dataType) ? `${bits}-bit floats` : 'numbers';
    throw new WringError(
      'E_SHAPE',
      `"${name}": expected ${length} class indices (integers, one a sample) but received ${count} ${kind}`,
    );
  }
  return toNumbers(labels);
}
