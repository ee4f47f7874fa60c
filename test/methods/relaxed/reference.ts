/** The formulas of relaxed quantization as they stand in the papers, in plain double precision, over the whole grid. */
export interface ReferenceGrid {
  readonly low: number;
  readonly high: number;
  /** z of classes 1, 2, …; empty: none. */
  readonly masks: readonly number[];
}

/** Bits that a signed grid needs to have the level, less two: the class of the level. */
export function classOf(level: number): number {
  if (Math.abs(level) <= 1) return 0;
  let bits = 3;
  while (level < -(2 ** (bits - 1)) || level > 2 ** (bits - 1) - 1) bits++;
  return bits - 2;
}

export function levelsOf({ low, high }: ReferenceGrid): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** ρ of all levels, for a number x, a step α and a spread σ. */
export function shares(x: number, step: number, spread: number, grid: ReferenceGrid): number[] {
  const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
  const weighed = levelsOf(grid).map((level) => {
    const c = classOf(level);
    const z = grid.masks.length === 0 || c === 0 ? 1 : grid.masks[c - 1];
    return z * (sigmoid((step * (level + 0.5) - x) / spread) - sigmoid((step * (level - 0.5) - x) / spread));
  });
  const total = weighed.reduce((a, b) => a + b);
  return weighed.map((share) => share / total);
}

/** Σ α n ρ(n) */
export function expected(x: number, step: number, spread: number, grid: ReferenceGrid): number {
  const all = shares(x, step, spread, grid);
  return levelsOf(grid).reduce((sum, level, i) => sum + step * level * all[i], 0);
}

/** The level of the largest ρ. */
export function likeliest(x: number, step: number, spread: number, grid: ReferenceGrid): number {
  const all = shares(x, step, spread, grid);
  return levelsOf(grid)[all.indexOf(Math.max(...all))];
}

export function derivative(f: (u: number) => number, at: number): number {
  const h = 1e-5 * Math.max(0.05, Math.abs(at));
  return (f(at + h) - f(at - h)) / (2 * h);
}

/** A copy with another number at one place. */
export function replaced(numbers: readonly number[], at: number, number: number): number[] {
  return numbers.map((own, i) => (i === at ? number : own));
}
