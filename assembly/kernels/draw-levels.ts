import { GOLDEN, mix } from "../shared/noise";

// Specification: src/kernels/grid-kernels.ts.

const BINS: f32 = 320;
const BINS_PER_STEP: f32 = 64;
const BINS_REACH: f32 = 2.5;
/** Bytes of a level in a bin. */
const ODDS: i32 = 32;

/** Of four weights: their hashes, at most eight each. */
const HASHES = memory.data(8 << 4, 16);
/** Where their bins begin; the first and the last level near that is on the grid, counted from 0. */
const ROWS = memory.data(16, 16);
const FIRST = memory.data(16, 16);
const LAST_NEAR = memory.data(16, 16);
/** Σz, Σjz and derivatives of each, in two rows of four. */
const SUMS = memory.data(8 << 4, 16);
const BEST = memory.data(16, 16);
/** For what is left of n / 4: numbers, and then what is written. */
const REST = memory.data(4 << 4, 16);

/** @param first index of element 0 */
export function drawLevels(
  numbers: usize,
  first: i32,
  n: i32,
  low: i32,
  high: i32,
  step: f32,
  spread: f32,
  around: i32,
  rows: usize,
  draws: usize,
  hard: bool,
  seed: i32,
  targets: usize,
  byNumbers: usize,
  bySteps: usize,
  bySpreads: usize,
): void {
  const hashes = around + 1;
  const perBin = ODDS * (2 * around + 1);
  const inverse: f32 = 1 / step;
  let keys = i32x4.add(i32x4.splat(seed + hashes * first * GOLDEN), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(GOLDEN)));
  let i = 0;
  for (; i < n; i += 4) {
    const at = (<usize>i) << 2;
    const isWhole = i + 4 <= n;
    if (!isWhole) memory.copy(REST, numbers + at, (<usize>(n - i)) << 2);
    for (let h = 0; h < hashes; h++, keys = i32x4.add(keys, i32x4.splat(4 * GOLDEN))) {
      v128.store(HASHES + ((<usize>h) << 4), mix(keys));
    }
    const t = f32x4.mul(v128.load(isWhole ? numbers + at : REST), f32x4.splat(inverse));
    const rounded = f32x4.floor(f32x4.add(t, f32x4.splat(0.5)));
    const nearest = f32x4.max(f32x4.splat(<f32>low), f32x4.min(f32x4.splat(<f32>high), rounded));
    const moved = f32x4.add(f32x4.sub(t, nearest), f32x4.splat(BINS_REACH));
    const place = f32x4.mul(moved, f32x4.splat(BINS_PER_STEP));
    const bins = i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(BINS - 1), place)));
    v128.store(ROWS, i32x4.mul(bins, i32x4.splat(perBin)));
    const level = i32x4.sub(i32x4.trunc_sat_f32x4_s(nearest), i32x4.splat(around));
    v128.store(FIRST, i32x4.max_s(i32x4.splat(0), i32x4.sub(i32x4.splat(low), level)));
    v128.store(LAST_NEAR, i32x4.min_s(i32x4.splat(2 * around), i32x4.sub(i32x4.splat(high), level)));
    for (let w: usize = 0; w < 16; w += 4) {
      const begin = load<i32>(FIRST + w);
      const end = load<i32>(LAST_NEAR + w);
      let row = rows + <usize>(load<i32>(ROWS + w) + ODDS * begin);
      let half = HASHES + w * <usize>hashes + ((<usize>begin) << 1);
      let sums = f32x4.splat(0);
      let more = f32x4.splat(0);
      // In lane 0.
      let near = i32x4.splat(begin);
      let best = near;
      let most = f32x4.splat(-1);
      for (let k = begin; k <= end; k++, row += ODDS, half += 2) {
        const u = v128.load32_splat(draws + ((<usize>load<u16>(half)) << 2));
        const own = f32x4.mul(v128.load(row), u);
        sums = f32x4.add(sums, own);
        more = f32x4.add(more, f32x4.mul(v128.load(row, 16), u));
        best = v128.bitselect(near, best, f32x4.gt(own, most));
        most = f32x4.pmax(most, own);
        near = i32x4.add(near, i32x4.splat(1));
      }
      v128.store(SUMS + (w << 2), sums);
      v128.store(SUMS + (w << 2), more, 64);
      v128.store32_lane(BEST + w, best, 0);
    }
    // From a row a weight to a row a sum.
    const low01 = v128.shuffle<f32>(v128.load(SUMS), v128.load(SUMS, 16), 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(v128.load(SUMS, 32), v128.load(SUMS, 48), 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v128.load(SUMS), v128.load(SUMS, 16), 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(v128.load(SUMS, 32), v128.load(SUMS, 48), 2, 6, 3, 7);
    const more01 = v128.shuffle<f32>(v128.load(SUMS, 64), v128.load(SUMS, 80), 0, 4, 1, 5);
    const more23 = v128.shuffle<f32>(v128.load(SUMS, 96), v128.load(SUMS, 112), 0, 4, 1, 5);
    const z = v128.shuffle<f64>(low01, low23, 0, 2);
    const mean = f32x4.div(v128.shuffle<f64>(low01, low23, 1, 3), z);
    const byT = byMean(v128.shuffle<f64>(more01, more23, 0, 2), v128.shuffle<f64>(high01, high23, 0, 2), mean, z);
    const byS = byMean(v128.shuffle<f64>(more01, more23, 1, 3), v128.shuffle<f64>(high01, high23, 1, 3), mean, z);
    const best = f32x4.convert_i32x4_s(i32x4.sub(v128.load(BEST), i32x4.splat(around)));
    const drawn = f32x4.add(nearest, hard ? best : mean);
    const own = f32x4.add(f32x4.mul(t, byT), f32x4.mul(f32x4.splat(spread), byS));
    v128.store(isWhole ? targets + at : REST, f32x4.mul(f32x4.splat(step), drawn));
    v128.store(isWhole ? byNumbers + at : REST + 16, byT);
    v128.store(isWhole ? bySteps + at : REST + 32, f32x4.sub(f32x4.add(nearest, mean), own));
    v128.store(isWhole ? bySpreads + at : REST + 48, byS);
  }
  if (i === n) return;
  const at = (<usize>(i - 4)) << 2;
  const bytes = (<usize>(n - i + 4)) << 2;
  memory.copy(targets + at, REST, bytes);
  memory.copy(byNumbers + at, REST + 16, bytes);
  memory.copy(bySteps + at, REST + 32, bytes);
  memory.copy(bySpreads + at, REST + 48, bytes);
}

// @ts-ignore: decorator
@inline
function byMean(zj: v128, z: v128, mean: v128, sum: v128): v128 {
  return f32x4.div(f32x4.sub(zj, f32x4.mul(mean, z)), sum);
}
