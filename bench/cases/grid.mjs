import { levelOdds } from '../../dist/methods/relaxed/level-odds.js';
import { N, normals } from './data.mjs';

const SEED = 12345;
/** Two bins a level and a margin, as the tables of four bits have them. */
const [SIZE, SCALE] = [1024, 64];
/** Four bits, a spread of an eighth of a step: what RQ begins with. */
const GRID = { low: -8, high: 7, step: 0.3, spread: 0.125 };

const numbers = () => normals(1, N, 1);
const table = () => normals(2, SIZE, 1);
const native = (weighs) => ({
  source: 'grid_bins.c',
  args: (data) => [data.numbers, data.table, SCALE, SIZE / 2, weighs],
});

function drawLevels(around, reach) {
  return {
    name: `drawLevels, ${2 * around + 1} near`,
    n: N,
    byteLength: 4 * N,
    data: () => ({
      numbers: numbers(),
      odds: levelOdds(GRID.spread, { temperature: 1, reach }),
      ...Object.fromEntries(['targets', 'byNumber', 'byStep', 'bySpread'].map((name) => [name, new Float32Array(N)])),
    }),
    perWeight: ['numbers', 'targets', 'byNumber', 'byStep', 'bySpread'],
    run(kernels, { numbers, odds, targets, ...slopes }) {
      kernels.drawLevels(numbers, GRID, odds, true, SEED, targets, slopes);
      return targets;
    },
    native: {
      source: 'draw_levels.c',
      args: ({ numbers, odds }) => [
        ...[numbers, odds.rows, odds.draws],
        ...[GRID.low, GRID.high, GRID.step, GRID.spread, odds.around, SEED],
      ],
    },
  };
}

export default [
  {
    name: 'roundToBins',
    n: N,
    byteLength: 4 * N,
    data: () => ({ numbers: numbers(), table: table(), bins: new Uint16Array(N), targets: new Float32Array(N) }),
    perWeight: ['numbers', 'bins', 'targets'],
    run(kernels, { numbers, table, bins, targets }) {
      kernels.roundToBins(numbers, SCALE, SIZE / 2, table, bins, targets);
      return targets;
    },
    native: native(0),
  },
  {
    name: 'weighByBins',
    n: N,
    byteLength: 6 * N,
    data() {
      const numbers = normals(1, N, 1);
      const bins = Uint16Array.from(numbers, (x) => Math.max(0, Math.min(SIZE - 1, Math.fround(x * SCALE + SIZE / 2))));
      return { numbers, table: table(), bins, targets: new Float32Array(N) };
    },
    perWeight: ['numbers', 'bins', 'targets'],
    run(kernels, { numbers, table, bins, targets }) {
      kernels.weighByBins(numbers, bins, table, targets, new Float64Array(SIZE));
      return targets;
    },
    native: native(1),
  },
  drawLevels(1, 8),
  drawLevels(4, 32),
];
