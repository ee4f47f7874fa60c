import type { Random } from '../core/index.js';

/** Random changes of images, so that no epoch shows the same ones. */
export interface Augmentation {
  /**
   * Pixels of 0 (of the model's input, so the mean colour) put on every side, before an image of the old size is cut out
   * anywhere (default: 0). He et al. 2016, arXiv 1512.03385, section 4.2, take 4 for 32 × 32.
   */
  readonly pad?: number;
  /** Mirrors every second image, left to right (default: false). */
  readonly flip?: boolean;
  /**
   * Most that an image takes of the next one in its shard, 0–1 (default: 0); each takes a part drawn evenly below that. Zhang et al. 2018
   * (mixup), arXiv 1710.09412. What such an image is, only a teacher can say: for distillation.
   */
  readonly mix?: number;
}

/** Whether samples of these dims are images: [channels, height, width], or channels last when those are few. */
export function isImage(dims: readonly number[]): boolean {
  return dims.length === 3 && dims[1] > 1;
}

/**
 * One image, moved and mirrored.
 *
 * @param image  f32 of `dims`
 * @param target where the result goes, not `image`
 */
export function augmentImage(
  image: Float32Array,
  dims: readonly number[],
  { pad = 0, flip = false }: Augmentation,
  random: Random,
  target: Float32Array,
): void {
  const last = dims[2] <= 4 && dims[0] > 4;
  const [height, width, channels] = last ? dims : [dims[1], dims[2], dims[0]];
  const [row, column, plane] = last ? [width * channels, channels, 1] : [width, 1, height * width];
  const down = random.below(2 * pad + 1) - pad;
  const right = random.below(2 * pad + 1) - pad;
  const mirrored = flip && random.below(2) === 1;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const fromY = y + down;
        const fromX = (mirrored ? width - 1 - x : x) + right;
        const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
        const value = inside ? image[c * plane + fromY * row + fromX * column] : 0;
        target[c * plane + y * row + x * column] = value;
      }
    }
  }
}

/**
 * Images of a shard, each with a part of the next one; the last one takes of the first.
 *
 * @param images f32[count · size], changed in place
 * @param most   of another image, 0–1
 */
export function mixImages(images: Float32Array, size: number, most: number, random: Random): void {
  const first = images.slice(0, size);
  for (let start = 0; start < images.length; start += size) {
    const part = most * random.uniform();
    const own = images.subarray(start, start + size);
    const next = start + size < images.length ? images.subarray(start + size, start + 2 * size) : first;
    for (let i = 0; i < size; i++) own[i] += part * (next[i] - own[i]);
  }
}
