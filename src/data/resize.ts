/** An image of bytes, row by row, channels last. */
export interface ByteImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Scales an image until it covers height × width, and cuts the middle out of it: bilinear, with pixels as points at their
 * centres; made smaller by a half or more, each pixel is the mean of 2 × 2, 4 × 4 … first, so that none is skipped.
 */
export function coverSize(image: ByteImage, height: number, width: number): ByteImage {
  let source = image;
  while (source.height >= 2 * height && source.width >= 2 * width) source = halve(source);
  const scale = Math.min(source.height / height, source.width / width);
  const top = (source.height - scale * height) / 2;
  const left = (source.width - scale * width) / 2;
  const { channels } = source;
  const data = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const [row, below, down] = between(top + (y + 0.5) * scale - 0.5, source.height);
    for (let x = 0; x < width; x++) {
      const [column, beside, right] = between(left + (x + 0.5) * scale - 0.5, source.width);
      for (let c = 0; c < channels; c++) {
        const at = (r: number, k: number) => source.data[(r * source.width + k) * channels + c];
        const upper = at(row, column) + right * (at(row, beside) - at(row, column));
        const lower = at(below, column) + right * (at(below, beside) - at(below, column));
        data[(y * width + x) * channels + c] = Math.round(upper + down * (lower - upper));
      }
    }
  }
  return { width, height, channels, data };
}

/** The two places that a position lies between, and its share of the second. */
function between(position: number, length: number): [first: number, second: number, share: number] {
  const inside = Math.max(0, Math.min(length - 1, position));
  const first = Math.floor(inside);
  return [first, Math.min(length - 1, first + 1), inside - first];
}

/** Of an odd side the last row or column is left out. */
function halve({ width: before, height: rows, channels, data: source }: ByteImage): ByteImage {
  const [width, height] = [before >> 1, rows >> 1];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const at = (2 * y * before + 2 * x) * channels + c;
        const below = at + before * channels;
        const sum = source[at] + source[at + channels] + source[below] + source[below + channels];
        data[(y * width + x) * channels + c] = (sum + 2) >> 2;
      }
    }
  }
  return { width, height, channels, data };
}
