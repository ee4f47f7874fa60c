import { DataType, WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import { toNumbers } from './typed-array.js';

/** Where the channels of an image are. */
export type Layout = 'NCHW' | 'NHWC';

/**
 * How stored numbers become what a model takes: x = (v / divide − mean[c]) / std[c], rounded once to float32. As JSON it
 * lies beside a model or in the description of a data set.
 */
export interface Preprocess {
  /** `tokens`: whole numbers, passed on as they are, one row a sample; nothing else applies then. */
  readonly kind?: 'values' | 'tokens';
  /** Default 1. */
  readonly divide?: number;
  /** One a channel, in the order that the model takes; default 0. */
  readonly mean?: readonly number[];
  /** One a channel, in the order that the model takes; default 1. */
  readonly std?: readonly number[];
  /** Reverse the order of the channels first. */
  readonly bgr?: boolean;
  /** What the model takes; default: as stored, of image files NCHW. */
  readonly layout?: Layout;
  /** [height, width] that image files are scaled and cut to; default: all have one size. */
  readonly size?: readonly [number, number];
}

const isDivisor = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value !== 0;
const isList = (test: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(test);
const isSize = (value: unknown) =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((side) => Number.isInteger(side) && side > 0 && side <= 65536);

/** What each field has to be. `batch` is for other readers of the same file: here the model and its size decide. */
const FIELDS: Readonly<Record<string, readonly [test: (value: unknown) => boolean, expected: string]>> = {
  kind: [(value) => value === 'values' || value === 'tokens', '"values" or "tokens"'],
  divide: [isDivisor, 'a number other than 0'],
  mean: [isList(Number.isFinite), 'a list of numbers'],
  std: [isList(isDivisor), 'a list of numbers other than 0'],
  bgr: [(value) => typeof value === 'boolean', 'true or false'],
  layout: [(value) => value === 'NCHW' || value === 'NHWC', '"NCHW" or "NHWC"'],
  size: [isSize, 'two whole numbers from 1 to 65536, [height, width]'],
  batch: [Number.isInteger, 'a whole number'],
};

/**
 * Checks what came from a file.
 * @param where names it in messages
 * @throws {WringError} E_OPTION
 */
export function parsePreprocess(json: unknown, where: string): Preprocess {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new WringError('E_OPTION', `${where}: expected preprocess to be an object such as {"divide": 255}`);
  }
  for (const [field, value] of Object.entries(json)) {
    const [test, expected] = FIELDS[field] ?? [() => false, `absent, or one of ${Object.keys(FIELDS).join(', ')}`];
    if (test(value)) continue;
    const received = JSON.stringify(value);
    throw new WringError(
      'E_OPTION',
      `${where}: expected preprocess.${field} to be ${expected} but received ${received}`,
    );
  }
  return json;
}

/**
 * Applies it to a batch of samples.
 *
 * @param stored layout of images, samples of rank 3; in others the first dimension of a sample holds the channels
 * @throws {WringError} E_SHAPE when mean or std do not fit the channels, or a layout is asked of what is no image
 */
export function applyPreprocess(
  samples: RuntimeTensor,
  stored: Layout,
  preprocess: Preprocess,
  name: string,
): RuntimeTensor {
  const [count, ...dims] = samples.dims;
  if (preprocess.kind === 'tokens') return { ...samples, dims: [count, dims.reduce((a, b) => a * b, 1)] };
  const isImage = dims.length === 3;
  if (preprocess.layout && !isImage) {
    throw new WringError('E_SHAPE', `"${name}": preprocess.layout needs images but a sample is [${dims.join(', ')}]`);
  }
  const fromLast = isImage && stored === 'NHWC';
  const toLast = isImage && (preprocess.layout ?? stored) === 'NHWC';
  const channels = (fromLast ? dims[2] : dims[0]) ?? 1;
  const space = fromLast ? dims.slice(0, 2) : dims.slice(1);
  const pixels = space.reduce((product, dim) => product * dim, 1);
  if (preprocess.size && !(isImage && preprocess.size.every((side, axis) => side === space[axis]))) {
    throw new WringError(
      'E_SHAPE',
      `"${name}": preprocess.size is ${preprocess.size.join(' × ')} but samples are stored as [${dims.join(', ')}]; only ` +
        'image files are scaled',
    );
  }
  const { divide = 1, bgr = false } = preprocess;
  const mean = perChannel('mean', preprocess.mean, 0, channels, name);
  const std = perChannel('std', preprocess.std, 1, channels, name);
  const values = toNumbers(samples);
  const target = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    const start = n * channels * pixels;
    for (let c = 0; c < channels; c++) {
      const source = bgr ? channels - 1 - c : c;
      for (let p = 0; p < pixels; p++) {
        const value = values[start + (fromLast ? p * channels + source : source * pixels + p)];
        target[start + (toLast ? p * channels + c : c * pixels + p)] = (value / divide - mean[c]) / std[c];
      }
    }
  }
  const shaped = !isImage ? dims : toLast ? [...space, channels] : [channels, ...space];
  return { dataType: DataType.FLOAT, dims: [count, ...shaped], data: target };
}

function perChannel(
  field: string,
  values: readonly number[] | undefined,
  otherwise: number,
  channels: number,
  name: string,
): readonly number[] {
  if (!values) return new Array<number>(channels).fill(otherwise);
  if (values.length === channels) return values;
  throw new WringError(
    'E_SHAPE',
    `"${name}": preprocess.${field} has ${values.length} numbers but samples have ${channels} channels`,
  );
}
