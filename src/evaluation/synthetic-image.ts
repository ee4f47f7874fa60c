import type { Random } from '../core/index.js';

/** Share of what all channels have in common: natural images are mostly light and shade. */
const COMMON = 0.85;
const OWN = 0.5;

/**
 * An image with the spectrum of natural ones: octaves of smoothed noise whose amplitude grows with their scale (1/f),
 * one pattern common to all channels and one of each channel's own, with a contrast and a brightness of its own.
 * Unit spread and zero mean in expectation.
 *
 * @returns f32[channels · height · width]
 */
export function paintImage(channels: number, height: number, width: number, random: Random): Float32Array {
  const image = new Float32Array(channels * height * width);
  const common = octaves(height, width, random);
  const contrast = 0.6 + 0.8 * random.uniform();
  const brightness = 0.4 * random.normal();
  for (let c = 0; c < channels; c++) {
    const own = octaves(height, width, random);
    for (let p = 0; p < own.length; p++) {
      image[c * own.length + p] = contrast * (COMMON * common[p] + OWN * own[p]) + brightness;
    }
  }
  return image;
}

/** Bilinear noise on grids of spacing 1, 2, 4 … the image, amplitude ∝ √spacing, normalized to unit variance. */
function octaves(height: number, width: number, random: Random): Float32Array {
  const field = new Float32Array(height * width);
  const side = Math.max(height, width);
  for (let spacing = 1; spacing <= side; spacing *= 2) addOctave(field, width, spacing, Math.sqrt(spacing), random);
  let squares = 0;
  for (const value of field) squares += value * value;
  const scale = squares > 0 ? Math.sqrt(field.length / squares) : 1;
  for (let p = 0; p < field.length; p++) field[p] *= scale;
  return field;
}

function addOctave(field: Float32Array, width: number, spacing: number, amplitude: number, random: Random): void {
  const height = field.length / width;
  const columns = Math.ceil(width / spacing) + 1;
  const grid = Float32Array.from({ length: (Math.ceil(height / spacing) + 1) * columns }, () => random.normal());
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / spacing);
    const down = y / spacing - row;
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / spacing);
      const right = x / spacing - column;
      const at = row * columns + column;
      const top = grid[at] + right * (grid[at + 1] - grid[at]);
      const bottom = grid[at + columns] + right * (grid[at + columns + 1] - grid[at + columns]);
      field[y * width + x] += amplitude * (top + down * (bottom - top));
    }
  }
}
