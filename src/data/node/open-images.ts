import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { DataType, WringError } from '../../core/index.js';
import type { Dataset } from '../dataset.js';
import type { Preprocess } from '../preprocess.js';
import { preprocessedDataset } from '../preprocessed-dataset.js';
import { type ByteImage, coverSize } from '../resize.js';
import { type DecodeJpeg, importJpeg } from './decode-jpeg.js';
import { decodePng } from './decode-png.js';
import { readFile } from './read-file.js';

const PNG = /\.png$/i;
const JPEG = /\.jpe?g$/i;

/** Files in the order of their names, with the class of each; one class where the folder has no folders of its own. */
interface Listing {
  readonly files: readonly string[];
  readonly labels: readonly number[] | null;
}

/** Whether a folder holds images, or folders of them. */
export function holdsImages(folder: string): boolean {
  return list(folder).files.length > 0;
}

/**
 * Opens a folder of PNG and JPEG files. Of folders within it each is a class, counted in the order of their names; else there
 * are no labels. An image is read and decoded when it is asked for.
 *
 * @param preprocess with `size` images may be of any size; without, all have to be of that of the first
 * @throws {WringError} E_UNSUPPORTED when JPEG is to be read and jpeg-js is not installed; reading throws E_CORRUPT and
 *   E_SHAPE naming the file
 */
export async function openImages(folder: string, preprocess: Preprocess): Promise<Dataset> {
  const { files, labels } = list(folder);
  const jpeg = files.some((file) => JPEG.test(file)) ? await importJpeg(folder) : null;
  const first = readImage(files[0], jpeg);
  const [height, width] = preprocess.size ?? [first.height, first.width];
  const channels = Math.min(3, first.channels);
  const size = height * width * channels;
  const read = (start: number, count: number) => {
    const data = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const file = files[start + i];
      const image = toSize(
        readImage(file, jpeg),
        [height, width],
        preprocess.size !== undefined,
        relative(folder, file),
      );
      for (let p = 0; p < height * width; p++) {
        for (let c = 0; c < channels; c++) {
          // Grey in all channels of a colour; of a colour in grey the mean.
          data[i * size + p * channels + c] = channels === 1 ? greyOf(image, p) : colourOf(image, p, c);
        }
      }
    }
    return { dataType: DataType.UINT8, dims: [count, height, width, channels], data };
  };
  return preprocessedDataset({
    name: basename(resolve(folder)),
    samples: { dataType: DataType.UINT8, dims: [height, width, channels], length: files.length, read },
    labels: labels && { dataType: DataType.INT32, dims: [labels.length], data: Int32Array.from(labels) },
    layout: 'NHWC',
    // What most models take, where nothing else is said.
    preprocess: { layout: 'NCHW', ...preprocess },
  });
}

function list(folder: string): Listing {
  const names = readdirSync(folder).sort();
  const isFolder = (name: string) => statSync(join(folder, name)).isDirectory();
  const images = (within: string) =>
    readdirSync(within)
      .filter((name) => PNG.test(name) || JPEG.test(name))
      .sort()
      .map((name) => join(within, name));
  const own = images(folder);
  if (own.length > 0) return { files: own, labels: null };
  const classes = names.filter(isFolder).map((name) => images(join(folder, name)));
  return { files: classes.flat(), labels: classes.flatMap((files, label) => files.map(() => label)) };
}

function readImage(file: string, jpeg: DecodeJpeg | null): ByteImage {
  const bytes = readFile(file);
  return PNG.test(file) ? decodePng(bytes, file) : jpeg!(bytes, `"${file}"`);
}

function toSize(
  image: ByteImage,
  [height, width]: readonly [number, number],
  scaled: boolean,
  name: string,
): ByteImage {
  if (image.height === height && image.width === width) return image;
  if (scaled) return coverSize(image, height, width);
  throw new WringError(
    'E_SHAPE',
    `"${name}" has ${image.width} × ${image.height} pixels but the first image ${width} × ${height}; ` +
      'say {"size": [height, width]} as preprocess to bring all to one size',
  );
}

function colourOf({ channels, data }: ByteImage, pixel: number, channel: number): number {
  return data[pixel * channels + (channels < 3 ? 0 : channel)];
}

/** Rec. 601 luma, in 1/256. */
function greyOf({ channels, data }: ByteImage, pixel: number): number {
  if (channels < 3) return data[pixel * channels];
  const at = pixel * channels;
  return (77 * data[at] + 150 * data[at + 1] + 29 * data[at + 2] + 128) >> 8;
}
