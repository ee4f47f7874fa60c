import { assertDraw } from '../arguments.js';
import {
  BINS,
  BINS_PER_STEP,
  BINS_REACH,
  type LevelGrid,
  type LevelOdds,
  type LevelSlopes,
  ODDS,
} from '../grid-kernels.js';
import { hash } from './noise-hash.js';

const { fround } = Math;

/** See GridKernels.drawLevels. */
export function drawLevels(
  numbers: Float32Array,
  { low, high, ...grid }: LevelGrid,
  odds: LevelOdds,
  hard: boolean,
  seed: number,
  targets: Float32Array,
  { byNumber, byStep, bySpread }: LevelSlopes,
): void {
  assertDraw(odds, numbers, [targets, byNumber, byStep, bySpread]);
  const { around, rows, draws } = odds;
  const [step, inverse, spread] = [grid.step, 1 / grid.step, grid.spread].map(fround);
  for (let i = 0; i < numbers.length; i++) {
    const t = fround(numbers[i] * inverse);
    const n = Math.max(low, Math.min(high, Math.floor(fround(t + 0.5))));
    const place = fround(fround(fround(t - n) + BINS_REACH) * BINS_PER_STEP);
    const bin = Math.floor(Math.max(0, Math.min(BINS - 1, place)));
    const sums = new Float32Array(ODDS);
    let [best, most] = [0, -1];
    for (let j = Math.max(-around, low - n); j <= Math.min(around, high - n); j++) {
      const k = j + around;
      const bits = hash((around + 1) * i + (k >> 1), seed);
      const u = draws[k % 2 === 0 ? bits & 0xffff : bits >>> 16];
      const row = (bin * (2 * around + 1) + k) * ODDS;
      for (let m = 0; m < ODDS; m++) sums[m] += fround(rows[row + m] * u);
      const z = fround(rows[row] * u);
      if (z > most) [best, most] = [j, z];
    }
    const [z, zj, zt, zs, zjt, zjs] = sums;
    const mean = fround(zj / z);
    const byT = fround(fround(zjt - fround(mean * zt)) / z);
    const byS = fround(fround(zjs - fround(mean * zs)) / z);
    targets[i] = step * fround(n + (hard ? best : mean));
    byNumber[i] = byT;
    byStep[i] = fround(n + mean) - fround(fround(t * byT) + fround(spread * byS));
    bySpread[i] = byS;
  }
}
