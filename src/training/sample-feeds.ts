import { DataType, dataTypeName, type Graph, isFloat, type Random, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { pickTargets, type Targets, targetSize } from '../data/targets.js';
import { fitInput } from '../evaluation/index.js';
import type { Feeds } from '../runtime/parallel.js';
import type { RuntimeTensor, RuntimeValue } from '../runtime/runtime.js';
import { type Augmentation, augmentImage, isImage, mixImages } from './augmentation.js';
import type { TrainingTarget } from './training-graph.js';

/**
 * Samples as a training graph takes them: the input of the model, and targets that come with the data. Class indices
 * are taken from the labels; without labels they are the next tokens, −1 after the last. Float targets are those of the data; where it
 * has labels, 1 at the label and 0 elsewhere, and where there is one a sample, the label, 0 or 1.
 */
export class SampleFeeds {
  readonly #input: RuntimeValue;
  readonly #targets: readonly TrainingTarget[];

  /**
   * @throws {WringError} E_UNSUPPORTED for a model of several inputs, E_OPTION when labels are needed and missing, or images
   *   are to be mixed that have one label each; E_SHAPE for a label that a target has no class for, or targets of another size
   */
  constructor(
    readonly dataset: Dataset,
    graph: Graph,
    targets: readonly TrainingTarget[],
    readonly augmentation: Augmentation = {},
  ) {
    this.#input = modelInput(graph);
    this.#targets = targets.filter(({ source }) => source === null);
    const [first] = this.#targets;
    const { labels, targets: numbers } = dataset;
    const isFromText = first?.dataType === DataType.INT64 && first.dims.length > 1;
    if (first && !labels && !isFromText && !(numbers && first.dataType === DataType.FLOAT)) {
      const wayOut = numbers
        ? 'no classes, but numbers; train by mean-squared-error or binary-cross-entropy'
        : 'no labels; train by distillation, which needs none';
      throw new WringError('E_OPTION', `"${dataset.name}" has ${wayOut}`);
    }
    if (first && augmentation.mix) {
      throw new WringError(
        'E_OPTION',
        'Only a teacher knows what mixed images are; train by distillation, or do not mix',
      );
    }
    for (const target of this.#targets) {
      assertLabels(dataset, target);
      if (numbers && target.dataType === DataType.FLOAT) assertSize(numbers, target, dataset.name);
    }
  }

  get inputName(): string {
    return this.#input.name;
  }

  /**
   * @param indices of samples, in the order of the batch
   * @param random  a stream for this batch; null: samples as they are
   * @returns arrays of their own, each
   */
  make(indices: ArrayLike<number>, random: Random | null): Feeds {
    const samples = gather(this.dataset, indices, this.augmentation, random);
    const input = fitInput(samples, this.#input, this.dataset.name);
    const targets = this.#targets.map((target) => [target.name, this.#target(target, indices, input)] as const);
    return { [this.#input.name]: input, ...Object.fromEntries(targets) };
  }

  #target(target: TrainingTarget, indices: ArrayLike<number>, input: RuntimeTensor): RuntimeTensor {
    const { labels, targets } = this.dataset;
    if (target.dataType === DataType.INT64) {
      if (!labels) return nextTokens(input, target);
      const data = BigInt64Array.from({ length: indices.length }, (_, i) => BigInt(labels[indices[i]]));
      return { dataType: DataType.INT64, dims: [indices.length], data };
    }
    if (targets) {
      const dims = [indices.length, ...(target.dims.slice(1) as number[])];
      return { dataType: DataType.FLOAT, dims, data: pickTargets(targets, indices).data };
    }
    return oneHot(
      target,
      Array.from(indices, (index) => labels![index]),
    );
  }
}

/** Samples in a run of the model, where it says; else null. @throws {WringError} E_UNSUPPORTED for several inputs */
export function fixedBatch(graph: Graph): number | null {
  const [batch] = modelInput(graph).dims;
  return typeof batch === 'number' ? batch : null;
}

function modelInput({ inputs, initializers }: Graph): RuntimeValue {
  const own = inputs.filter(({ name }) => !initializers.has(name));
  const [input, ...others] = own;
  if (!input || others.length > 0 || input.dataType === null || input.dims === null) {
    const names = own.map(({ name }) => name).join(', ') || 'none';
    throw new WringError('E_UNSUPPORTED', `Expected a model with one input of known type but it has ${names}`);
  }
  return { name: input.name, dataType: input.dataType, dims: input.dims };
}

function gather(
  dataset: Dataset,
  indices: ArrayLike<number>,
  augmentation: Augmentation,
  random: Random | null,
): RuntimeTensor {
  const first = dataset.batch(indices[0], 1);
  const dims = first.dims.slice(1);
  const size = first.data.length;
  const Class = first.data.constructor as new (length: number) => RuntimeTensor['data'];
  const data = new Class(indices.length * size);
  const augments = random !== null && first.dataType === DataType.FLOAT && isImage(dims);
  for (let i = 0; i < indices.length; i++) {
    const sample = dataset.batch(indices[i], 1).data;
    const target = data.subarray(i * size, (i + 1) * size);
    if (augments) augmentImage(sample as Float32Array, dims, augmentation, random, target as Float32Array);
    else target.set(sample as never);
  }
  if (augments && augmentation.mix) mixImages(data as Float32Array, size, augmentation.mix, random);
  return { dataType: first.dataType, dims: [indices.length, ...dims], data };
}

function nextTokens({ data, dims, dataType }: RuntimeTensor, target: TrainingTarget): RuntimeTensor {
  if (isFloat(dataType)) {
    throw new WringError(
      'E_OPTION',
      `Expected labels, or tokens to foresee, but samples are ${dataTypeName(dataType)}`,
    );
  }
  const classes = classesOf(target);
  for (const token of data) {
    if (token >= classes) {
      throw new WringError('E_SHAPE', `Target "${target.name}" has ${classes} classes but there is a token ${token}`);
    }
  }
  const length = dims.at(-1)!;
  const next = BigInt64Array.from({ length: data.length }, (_, i) =>
    (i + 1) % length === 0 ? -1n : BigInt(data[i + 1]),
  );
  return { dataType: DataType.INT64, dims, data: next };
}

/** Every one is a class; of class indices −1 may be, too, for what does not count. */
function assertLabels({ name, length, labels }: Dataset, target: TrainingTarget): void {
  if (!labels) return;
  const classes = classesOf(target);
  const least = target.classes === null ? 0 : -1;
  for (let i = 0; i < length; i++) {
    const label = labels[i];
    if (Number.isInteger(label) && label >= least && label < classes) continue;
    const wayOut = classes === 1 ? 'train by binary-cross-entropy' : 'is it the right data set?';
    throw new WringError(
      'E_SHAPE',
      `Target "${target.name}" has ${classes} classes but sample ${i} of "${name}" has label ${label}; ${wayOut}`,
    );
  }
}

function assertSize(targets: Targets, target: TrainingTarget, name: string): void {
  const own = targetSize(targets);
  const expected = valuesOf(target);
  if (own === expected) return;
  throw new WringError(
    'E_SHAPE',
    `Target "${target.name}" has ${expected} numbers a sample but "${name}" has ${own} [${targets.dims.join(', ')}]; classes are whole ` +
      'numbers (integers), one a sample',
  );
}

/** How many classes a target tells apart: one number a sample tells two. */
function classesOf(target: TrainingTarget): number {
  return target.classes ?? Math.max(2, valuesOf(target));
}

/** Floats a sample. @throws {WringError} E_SHAPE where that is free */
function valuesOf({ name, dims }: TrainingTarget): number {
  const values = dims.slice(1).reduce<number>((product, dim) => product * (dim as number), 1);
  if (Number.isInteger(values)) return values;
  throw new WringError('E_SHAPE', `Target "${name}" has no fixed number of classes; state it in the model`);
}

function oneHot(target: TrainingTarget, labels: readonly number[]): RuntimeTensor {
  const values = valuesOf(target);
  const data = new Float32Array(labels.length * values);
  for (const [i, label] of labels.entries()) {
    if (values === 1) data[i] = label;
    else data[i * values + label] = 1;
  }
  return { dataType: DataType.FLOAT, dims: [labels.length, ...(target.dims.slice(1) as number[])], data };
}
