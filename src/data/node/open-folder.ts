import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataType, WringError } from '../../core/index.js';
import type { RuntimeTensor } from '../../runtime/runtime.js';
import type { Dataset } from '../dataset.js';
import { parseDescription, type Split } from '../description.js';
import { undoPaeth } from '../paeth.js';
import type { Preprocess } from '../preprocess.js';
import { preprocessedDataset } from '../preprocessed-dataset.js';
import { assertByteLength, type Samples, samplesOf } from '../samples.js';
import { typedArrayOf } from '../typed-array.js';
import { jpegPackSamples } from './jpeg-pack.js';
import { readFile, readText } from './read-file.js';

const TOKENS: Preprocess = { kind: 'tokens' };

/**
 * Opens one split of the data set that `path`, a description, tells of.
 *
 * @param given preprocessing that goes before what the description says; null: none
 * @throws {WringError} E_IO, E_CORRUPT, E_SHAPE, E_OPTION
 */
export async function openFolder(path: string, splitName: string, given: Preprocess | null): Promise<Dataset> {
  const description = parseDescription(readText(path), path);
  const split = description.splits.get(splitName);
  if (!split) {
    const known = [...description.splits.keys()].join(', ');
    throw new WringError('E_OPTION', `"${path}" has no split "${splitName}", only ${known}`);
  }
  const preprocess = given ?? description.preprocess ?? (split.tokens ? TOKENS : null);
  if (!preprocess && split.dataType !== DataType.FLOAT) {
    throw new WringError(
      'E_OPTION',
      `"${path}" does not say how its numbers become inputs: put e.g. {"divide": 255} into MODEL.preprocess.json ` +
        'beside the model ({} to take them as they are)',
    );
  }
  const folder = dirname(path);
  return preprocessedDataset({
    name: basename(path, '.json'),
    samples: await readSamples(folder, split),
    labels: split.labels === null ? null : readLabels(join(folder, split.labels)),
    layout: split.layout,
    preprocess,
  });
}

async function readSamples(folder: string, split: Split): Promise<Samples> {
  const path = join(folder, split.file);
  const stored = readFile(path);
  if (split.encoding === 'jpeg-pack') return jpegPackSamples(stored, split);
  const bytes = split.encoding === 'raw' ? stored : unpack(stored, path);
  assertByteLength(bytes, split.dataType, split.dims, path);
  if (split.encoding === 'paeth+gzip') undoPaeth(bytes, split.dims[2], split.dims[3]);
  return samplesOf({ dataType: split.dataType, dims: split.dims, data: typedArrayOf(split.dataType, bytes) }, path);
}

function unpack(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new WringError('E_CORRUPT', `"${path}" is no sound gzip file: ${(cause as Error).message}`, { cause });
  }
}

/** Bytes, or little-endian 16-bit numbers where the name ends in `.u16`. */
function readLabels(path: string): RuntimeTensor {
  const bytes = readFile(path);
  const dataType = path.endsWith('.u16') ? DataType.UINT16 : DataType.UINT8;
  if (dataType === DataType.UINT16 && bytes.length % 2 === 1) {
    throw new WringError('E_CORRUPT', `"${path}": expected 16-bit numbers but there are ${bytes.length} bytes`);
  }
  const data = typedArrayOf(dataType, bytes);
  return { dataType, dims: [data.length], data };
}
