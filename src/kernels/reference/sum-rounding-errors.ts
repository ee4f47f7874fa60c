import { assertRows } from '../arguments.js';

/** Partial sums of a row: element i is added to that of i mod 16. */
const LANES = 16;

/** See {@link Kernels.sumRoundingErrors}. Every operation is rounded to float32. */
export function sumRoundingErrors(
  values: Float32Array,
  rows: number,
  inverses: Float32Array,
  levels: number,
): Float32Array {
  assertRows(values, inverses, rows);
  const [length, count] = [values.length / rows, inverses.length / rows];
  const sums = new Float32Array(inverses.length);
  const lanes = new Float32Array(LANES);
  for (let r = 0; r < rows; r++) {
    for (let k = r * count; k < (r + 1) * count; k++) {
      lanes.fill(0);
      for (let i = 0; i < length; i++) {
        const scaled = Math.fround(Math.abs(values[r * length + i]) * inverses[k]);
        const error = Math.fround(scaled - nearestEven(Math.min(scaled, levels)));
        lanes[i % LANES] += Math.fround(error * error);
      }
      sums[k] = addLanes(lanes);
    }
  }
  return sums;
}

function addLanes(lanes: Float32Array): number {
  const four = [0, 1, 2, 3].map((l) =>
    Math.fround(Math.fround(lanes[l] + lanes[l + 4]) + Math.fround(lanes[l + 8] + lanes[l + 12])),
  );
  return Math.fround(four[0] + four[1]) + Math.fround(four[2] + four[3]);
}

/** Of a number from 0 to 2^22: a half goes to the even neighbour. */
function nearestEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
