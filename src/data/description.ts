import { DataType, WringError } from '../core/index.js';
import { type Layout, type Preprocess, parsePreprocess } from './preprocess.js';

export type Encoding = 'raw' | 'gzip' | 'paeth+gzip' | 'jpeg-pack';

/** Where the samples of one split are, and how they are stored. */
export interface Split {
  /** File beside the description. */
  readonly file: string;
  readonly labels: string | null;
  /** Of all samples: [count, …]. */
  readonly dims: readonly number[];
  readonly dataType: DataType;
  readonly encoding: Encoding;
  readonly layout: Layout;
  /** jpeg-pack: bytes of each image. */
  readonly byteLengths: readonly number[];
  /** Whole numbers that stand for words. */
  readonly tokens: boolean;
}

/** What NAME/NAME.json says. */
export interface Description {
  readonly splits: ReadonlyMap<string, Split>;
  readonly preprocess: Preprocess | null;
}

const DATA_TYPES: ReadonlyMap<string, DataType> = new Map([
  ['u8', DataType.UINT8],
  ['u16', DataType.UINT16],
  ['i32', DataType.INT32],
  ['i64', DataType.INT64],
  ['f32', DataType.FLOAT],
]);
const ENCODINGS: readonly string[] = ['raw', 'gzip', 'paeth+gzip', 'jpeg-pack'] satisfies Encoding[];

/**
 * Parses the description of a data set:
 *
 *   { "preprocess": {…}, "splits": { "test": { "images" or "tokens": file, "labels": file, "shape": [count, …],
 *     "dtype": "u8" | "u16" | "i32" | "i64" | "f32", "encoding": "raw" | "gzip" | "paeth+gzip" | "jpeg-pack",
 *     "layout": "NCHW" | "NHWC", "byteLengths": [… of jpeg-pack] } } }
 *
 * Numbers are little-endian. Further fields are for people.
 *
 * @throws {WringError} E_CORRUPT naming the field
 */
export function parseDescription(text: string, name: string): Description {
  const json = asObject(parseJson(text, name), name, 'the file');
  const splits = new Map<string, Split>();
  for (const [split, fields] of Object.entries(asObject(json.splits, name, 'splits'))) {
    splits.set(split, parseSplit(asObject(fields, name, `splits.${split}`), `"${name}", split "${split}"`));
  }
  return { splits, preprocess: json.preprocess === undefined ? null : parsePreprocess(json.preprocess, `"${name}"`) };
}

function parseSplit(fields: Record<string, unknown>, where: string): Split {
  const { images, tokens, labels, shape, dtype = 'u8', layout = 'NCHW', byteLengths = [] } = fields;
  const file = images ?? tokens;
  const { encoding = typeof file === 'string' && file.endsWith('.gz') ? 'gzip' : 'raw' } = fields;
  const dataType = DATA_TYPES.get(String(dtype));
  const check = (ok: boolean, field: string, expected: string) => {
    if (!ok) throw new WringError('E_CORRUPT', `${where}: expected "${field}" to be ${expected}`);
  };
  check(isFileName(file), 'images', 'the name of a file in the same folder');
  check(labels === undefined || isFileName(labels), 'labels', 'the name of a file in the same folder');
  check(isSizes(shape) && shape.length > 0, 'shape', 'a list of sizes, the number of samples first');
  check(dataType !== undefined, 'dtype', `one of ${[...DATA_TYPES.keys()].join(', ')}`);
  check(ENCODINGS.includes(String(encoding)), 'encoding', `one of ${ENCODINGS.join(', ')}`);
  check(layout === 'NCHW' || layout === 'NHWC', 'layout', 'NCHW or NHWC');
  const dims = shape as number[];
  const images8 = dataType === DataType.UINT8 && dims.length === 4 && layout === 'NCHW';
  if (encoding === 'paeth+gzip') check(images8, 'shape', '[count, channels, height, width] of u8 for paeth+gzip');
  if (encoding === 'jpeg-pack') {
    check(images8 && (dims[1] === 3 || dims[1] === 1), 'shape', '[count, 1 or 3, height, width] of u8 for jpeg-pack');
    check(isSizes(byteLengths) && byteLengths.length === dims[0], 'byteLengths', `a list of ${dims[0]} sizes`);
  }
  return {
    file: file as string,
    labels: (labels as string | undefined) ?? null,
    dims,
    dataType: dataType!,
    encoding: encoding as Encoding,
    layout: layout as Layout,
    byteLengths: byteLengths as number[],
    tokens: images === undefined,
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WringError('E_CORRUPT', `"${name}" is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function asObject(value: unknown, name: string, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WringError('E_CORRUPT', `"${name}": expected ${what} to be an object`);
}

function isFileName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value !== '..' && !/[\\/]/.test(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0);
}
