/** Chooses levels for the numbers of one tensor at what they cost, and learns from what it chose what they cost. */
export interface LevelChooser {
  /** Steps of the tensor in a unit of its numbers: a number u is nearest to level u · levelsPerUnit. */
  readonly levelsPerUnit: number;
  /** The unit at which the error is that of plain rounding to a step of 1. */
  readonly unitOfStep: number;
  /** Largest level that there is. */
  readonly mostLevel: number;
  /** Whether a level may be fixed while others are not. */
  readonly alone: boolean;
  /** Of the table: bits of levels, all 0 at first. */
  readonly tableLength: number;
  /**
   * The levels of least Σ (u − level / levelsPerUnit)² + λ · bits.
   *
   * @param numbers f32[n], in units
   * @param open    u8[n], 0 where the number is a level already and stays; where choices depend on each other, of all or none
   * @param levels  i16[n], written
   */
  choose(numbers: Float32Array, open: Uint8Array, table: Float32Array, lambda: number, levels: Int16Array): void;
  /** Learns the table from the last choice. @returns the bits of all levels by it */
  learn(table: Float32Array): number;
}
