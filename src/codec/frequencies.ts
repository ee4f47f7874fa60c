import { RANS_TOTAL } from '../kernels/rans.js';

/**
 * Frequency tables are told by steps: 0 for a symbol that does not occur, else 1 + r · log2 of a weight, r steps an
 * octave. Decoder and encoder make the same frequencies of the same steps. Part of the format.
 */

/** 2^(i/8) in 1/256, rounded. */
const EIGHTHS = [256, 279, 304, 332, 362, 395, 431, 470];

/** The weight of a step > 0. `resolution` is 1, 2, 4 or 8 steps an octave. */
function weightOf(step: number, resolution: number): number {
  const eighths = ((step - 1) * 8) / resolution;
  return EIGHTHS[eighths & 7] * 2 ** (eighths >> 3);
}

/** The step whose weight is nearest to count · 4096 / total (by ratio); at least 1 for a count above 0. */
export function stepOf(count: number, total: number, resolution: number): number {
  if (count === 0) return 0;
  const target = (count / total) * RANS_TOTAL * 256;
  let step = 1;
  while (weightOf(step, resolution) * weightOf(step + 1, resolution) < target * target && step <= 12 * resolution)
    step++;
  return step;
}

/** The largest step that a table may hold. */
export function maxStep(resolution: number): number {
  return 12 * resolution + 1;
}

/**
 * Frequencies that add up to 4096, each occurring symbol at least 1 and none above 4095: proportional to the weights,
 * rounded down, the rest given to (or taken from) the largest, the first of equals.
 *
 * @param steps u8[alphabet], alphabet ≤ 256
 * @param target u16[alphabet], written
 */
export function frequenciesOf(steps: Uint8Array, resolution: number, target: Uint16Array): void {
  let total = 0;
  for (const step of steps) if (step > 0) total += weightOf(step, resolution);
  target.fill(0);
  let left = RANS_TOTAL;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] === 0) continue;
    target[i] = Math.max(1, Math.floor((weightOf(steps[i], resolution) * RANS_TOTAL) / total));
    left -= target[i];
  }
  while (left !== 0) {
    let largest = 0;
    for (let i = 1; i < target.length; i++) if (target[i] > target[largest]) largest = i;
    // At most 256 symbols, so the largest is 16 or more and can give half of itself.
    const change = Math.max(left, -(target[largest] >> 1));
    target[largest] += change;
    left -= change;
  }
  for (let i = 0; i < target.length; i++) {
    if (target[i] !== RANS_TOTAL) continue;
    target[i] = RANS_TOTAL - 1;
    target[i === 0 ? 1 : 0] = 1;
  }
}
