import { normals } from './data.mjs';

const ROWS = 64;
const SCALES = 100;

/** One row an output channel, as in the scale search of multipoint; of 7 levels, four bits. */
function caseOf(length) {
  return {
    name: `sumRoundingErrors d=${length}, per element and scale`,
    n: ROWS * length * SCALES,
    byteLength: 4 * ROWS * length * SCALES,
    perWeight: [],
    data: () => ({
      values: normals(1, ROWS * length),
      inverses: Float32Array.from({ length: ROWS * SCALES }, (_, k) => 7 / (0.2 * (0.2 + (k % SCALES) / SCALES))),
    }),
    run: (kernels, { values, inverses }) => kernels.sumRoundingErrors(values, ROWS, inverses, 7),
    native: { source: 'sum_rounding_errors.c', args: ({ values, inverses }) => [values, inverses, ROWS, 7] },
  };
}

export default [512, 4608].map(caseOf);
