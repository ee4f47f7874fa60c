import { DataType, WringError } from '../../core/index.js';
import type { Split } from '../description.js';
import type { Samples } from '../samples.js';
import { type DecodeJpeg, importJpeg } from './decode-jpeg.js';

/**
 * JPEG files one after another; an image is decoded when it is read.
 *
 * @throws {WringError} E_UNSUPPORTED when jpeg-js is not installed, E_SHAPE when the sizes do not add up to the file;
 *   reading throws E_CORRUPT naming the image
 */
export async function jpegPackSamples(bytes: Uint8Array, split: Split): Promise<Samples> {
  const decode = await importJpeg(split.file);
  const starts = [0];
  for (const byteLength of split.byteLengths) starts.push(starts.at(-1)! + byteLength);
  if (starts.at(-1) !== bytes.length) {
    throw new WringError(
      'E_SHAPE',
      `"${split.file}": byteLengths add up to ${starts.at(-1)} bytes but there are ${bytes.length}`,
    );
  }
  const [length, ...dims] = split.dims;
  const size = dims.reduce((product, dim) => product * dim, 1);
  return {
    dataType: DataType.UINT8,
    dims,
    length,
    read: (start, count) => {
      const data = new Uint8Array(count * size);
      for (let i = 0; i < count; i++) {
        const file = bytes.subarray(starts[start + i], starts[start + i + 1]);
        decodeInto(data.subarray(i * size, (i + 1) * size), dims, file, decode, `"${split.file}", image ${start + i}`);
      }
      return { dataType: DataType.UINT8, dims: [count, ...dims], data };
    },
  };
}

/** RGBA pixels → planes. */
function decodeInto(
  target: Uint8Array,
  dims: readonly number[],
  file: Uint8Array,
  decode: DecodeJpeg,
  where: string,
): void {
  const [channels, height, width] = dims;
  const image = decode(file, where);
  if (image.height !== height || image.width !== width) {
    throw new WringError(
      'E_CORRUPT',
      `${where}: expected ${width} × ${height} pixels but it has ${image.width} × ${image.height}`,
    );
  }
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < height * width; p++) target[c * height * width + p] = image.data[4 * p + c];
  }
}
