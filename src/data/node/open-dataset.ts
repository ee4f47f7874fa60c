import { existsSync, statSync } from 'node:fs';
import { basename, join, parse, resolve } from 'node:path';
import { WringError } from '../../core/index.js';
import type { RuntimeTensor } from '../../runtime/runtime.js';
import type { Dataset } from '../dataset.js';
import { readNpy } from '../npy.js';
import { readNpz } from '../npz.js';
import { type Layout, type Preprocess, parsePreprocess } from '../preprocess.js';
import { preprocessedDataset } from '../preprocessed-dataset.js';
import { samplesOf } from '../samples.js';
import { openFolder } from './open-folder.js';
import { holdsImages, openImages } from './open-images.js';
import { preprocessBeside, preprocessFile } from './preprocess-beside.js';
import { readFile } from './read-file.js';

export interface DatasetOptions {
  /** Which part of the data (default: `test`). */
  readonly split?: string;
  /** Data that are not divided into splits are refused, not taken for the split (default: false). */
  readonly ownSplit?: boolean;
  /** How samples become inputs. Default: what lies beside `model`, then what the data set says of itself. */
  readonly preprocess?: Preprocess;
  /** Path of the model that will take the samples, to look for its preprocessing beside it. */
  readonly model?: string;
}

/**
 * Opens samples on disk:
 *
 * - a folder NAME with NAME/NAME.json (see `parseDescription`), or that file itself;
 * - a folder of .png and .jpg files, or of folders of them, one a class; SPLIT within it, if there is such a folder;
 * - `.npy`, with labels in FILE.labels.npy if there are any;
 * - `.npz`: samples in `x_SPLIT`, `x`, `images`, `data` or `arr_0`, labels in `y_SPLIT`, `y`, `labels` or `arr_1`.
 *
 * Labels of NumPy that are not one whole number a sample are `Dataset.targets`.
 *
 * Preprocessing is what `options` say, else what lies beside the model, else beside the data: FILE.preprocess.json, or
 * preprocess.json in a folder of images. Arrays of NumPy are taken for what the model takes unless it is stated; bytes of
 * images in a folder are not.
 *
 * @throws {WringError} E_IO, E_CORRUPT, E_SHAPE, E_OPTION when there is no such split, or nothing says how bytes become
 *   inputs
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { split = 'test', ownSplit = false } = options;
  const preprocess =
    (options.preprocess && parsePreprocess(options.preprocess, 'openDataset')) ??
    (options.model === undefined ? null : preprocessBeside(options.model));
  const kind = path.toLowerCase();
  if (kind.endsWith('.npy') || kind.endsWith('.npz')) {
    const stated = preprocess ?? preprocessFile(`${path.slice(0, -4)}.preprocess.json`);
    if (kind.endsWith('.npz')) return npzDataset(path, split, ownSplit, stated);
    if (ownSplit) throw noSplit(path, split);
    return arrayDataset(path, readNpy(readFile(path), path), npyLabels(path), stated);
  }
  if (kind.endsWith('.json')) return openFolder(path, split, preprocess);
  if (existsSync(path) && !statSync(path).isDirectory()) {
    throw new WringError(
      'E_OPTION',
      `"${path}": expected a folder of images or with a description, a .json description, .npy or .npz`,
    );
  }
  const description = join(path, `${basename(resolve(path))}.json`);
  if (!existsSync(path) || existsSync(description)) return openFolder(description, split, preprocess);
  const images = imageFolder(path, split, ownSplit);
  if (images !== null) return imagesDataset(images, path, preprocess);
  if (ownSplit) throw noSplit(path, split);
  return openFolder(description, split, preprocess);
}

/** The split, if it is a folder of its own that holds images; else the folder itself, if it does and may be taken. */
function imageFolder(path: string, split: string, ownSplit: boolean): string | null {
  const own = join(path, split);
  const candidates = existsSync(own) && statSync(own).isDirectory() ? [own] : [];
  if (!ownSplit) candidates.push(path);
  return candidates.find(holdsImages) ?? null;
}

function noSplit(path: string, split: string): WringError {
  return new WringError('E_OPTION', `"${path}" has no split "${split}" of its own`);
}

function imagesDataset(images: string, path: string, given: Preprocess | null): Promise<Dataset> {
  const stated = join(path, 'preprocess.json');
  const preprocess = given ?? preprocessFile(stated);
  if (preprocess) return openImages(images, preprocess);
  throw new WringError(
    'E_OPTION',
    `Nothing says how the images in "${path}" become inputs: state e.g. {"divide": 255, "size": [224, 224]} by ` +
      `--preprocess, or in "${stated}"`,
  );
}

function npyLabels(path: string): RuntimeTensor | null {
  const { dir, name } = parse(path);
  const labels = join(dir, `${name}.labels.npy`);
  return existsSync(labels) ? readNpy(readFile(labels), labels) : null;
}

function npzDataset(path: string, split: string, ownSplit: boolean, preprocess: Preprocess | null): Dataset {
  const arrays = readNpz(readFile(path), path);
  if (ownSplit && !arrays.has(`x_${split}`)) throw noSplit(path, split);
  const find = (...names: string[]) => names.map((name) => arrays.get(name)).find((array) => array) ?? null;
  const samples = find(`x_${split}`, 'x', 'images', 'data', 'arr_0');
  if (!samples) {
    throw new WringError(
      'E_OPTION',
      `"${path}" has no array named x_${split}, x, images, data or arr_0, only ${[...arrays.keys()].join(', ')}`,
    );
  }
  return arrayDataset(path, samples, find(`y_${split}`, 'y', 'labels', 'arr_1'), preprocess);
}

function arrayDataset(
  path: string,
  array: RuntimeTensor,
  labels: RuntimeTensor | null,
  preprocess: Preprocess | null,
): Dataset {
  const samples = samplesOf(array, path);
  return preprocessedDataset({ name: basename(path), samples, labels, layout: layoutOf(samples.dims), preprocess });
}

/** Channels are few. */
function layoutOf(dims: readonly number[]): Layout {
  return dims.length === 3 && dims[2] <= 4 && dims[0] > 4 ? 'NHWC' : 'NCHW';
}
