import type { IntegerGrid } from './integer-grid.js';

/**
 * Levels of a signed grid by the bits that it takes to have them: class 0 is {−1, 0, 1}, class c ≥ 1 what the grid of c + 2 bits
 * has besides: {−4, −3, −2, 2, 3}, then {−8 … −5, 4 … 7}, and so on.
 */
export interface LevelRun extends IntegerGrid {
  readonly class: number;
}

/** The runs of levels of one class, of classes 0 … count. */
export function listRuns(count: number): LevelRun[] {
  const runs: LevelRun[] = [{ low: -1, high: 1, class: 0 }];
  for (let c = 1; c <= count; c++) {
    const [inner, outer] = [edgesOf(c - 1), edgesOf(c)];
    runs.push({ low: outer.low, high: inner.low - 1, class: c });
    runs.push({ low: inner.high + 1, high: outer.high, class: c });
  }
  return runs;
}

/** The outermost levels of classes 0 … c. */
export function edgesOf(c: number): IntegerGrid {
  return c === 0 ? { low: -1, high: 1 } : { low: -(2 << c), high: (2 << c) - 1 };
}
