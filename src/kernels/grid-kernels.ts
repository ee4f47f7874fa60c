/** What a step of relaxed quantization does to the number behind every weight. Numbers are finite. */
export interface GridKernels {
  /**
   * Rounds by a table: bins[i] = ⌊numbers[i] · scale + offset⌋, at least 0 and below k, every operation rounded to float32;
   * targets[i] = values[bins[i]].
   *
   * @param values  f32[k], 1 ≤ k ≤ 65536
   * @param bins    u16[n], written
   * @param targets f32[n], written
   */
  roundToBins(
    numbers: Float32Array,
    scale: number,
    offset: number,
    values: Float32Array,
    bins: Uint16Array,
    targets: Float32Array,
  ): void;

  /**
   * Goes back through a table: targets[i] = gradients[i] · slopes[bins[i]], and sums[bins[i]] += gradients[i] in the order of i.
   *
   * @param bins    u16[n], below k
   * @param slopes  f32[k]
   * @param targets f32[n], written
   * @param sums    f64[k], added to
   * @throws {WringError} E_RANGE when a bin is not below k
   */
  weighByBins(
    gradients: Float32Array,
    bins: Uint16Array,
    slopes: Float32Array,
    targets: Float32Array,
    sums: Float64Array,
  ): void;

  /**
   * Draws levels near numbers by the Gumbel trick. With t = numbers[i] / step, n the nearest level and u of the table of draws,
   *
   *   z(j) = odds(t − n, j) · u(j),   −around ≤ j ≤ around and n + j on the grid,   m = Σ j z(j) / Σ z(j)
   *
   * it becomes step · (n + m), or with `hard` n + j of the largest z, the first of equals. Derivatives are always those of the former.
   * u(j) is element h of the table, h being half j + around of hash(a i), hash(a i + 1), …, a = around + 1, the lower halves first;
   * hash as in `NoiseKernels.perturb`. Every operation is rounded to float32, sums from the lowest level up.
   *
   * @param seed    u32, another one for each draw
   * @param targets f32[n], written
   * @param slopes  f32[n] each, written: derivatives by number, by step and by spread
   * @throws {WringError} E_SHAPE when a table has not what is looked up in it
   */
  drawLevels(
    numbers: Float32Array,
    grid: LevelGrid,
    odds: LevelOdds,
    hard: boolean,
    seed: number,
    targets: Float32Array,
    slopes: LevelSlopes,
  ): void;
}

/** The levels low … high, in steps; a spread in steps, too. */
export interface LevelGrid {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly spread: number;
}

export interface LevelOdds {
  /** Levels to either side of the nearest, 1 … 7. */
  readonly around: number;
  /**
   * By t − n in {@link BINS_PER_STEP} bins a step, from −{@link BINS_REACH} to {@link BINS_REACH} (what is further out is in the
   * outermost); then by j from −around to around: o, jo, ot, os, jot, jos, 0, 0, where t and s are the derivatives of o by t
   * and by the spread. f32[320 · (2 around + 1) · 8].
   */
  readonly rows: Float32Array;
  /** f32[65536] */
  readonly draws: Float32Array;
}

export interface LevelSlopes {
  readonly byNumber: Float32Array;
  readonly byStep: Float32Array;
  readonly bySpread: Float32Array;
}

export const BINS_PER_STEP = 64;
/** In steps. */
export const BINS_REACH = 2.5;
export const BINS = 2 * BINS_REACH * BINS_PER_STEP;
/** Floats of a level in a bin. */
export const ODDS = 8;
