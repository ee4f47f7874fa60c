import { bitsOfLevels } from './level-bits.js';
import { LevelThresholds } from './level-thresholds.js';

/** Largest level; what is beyond takes it. */
export const MOST_LEVEL = 255;

/** Chooses levels for the numbers of a tensor at what they cost, and learns from what it chose what they cost. */
export class LevelChooser {
  /** Length of the table: bits of magnitudes, all 0 at first. */
  static readonly tableLength = MOST_LEVEL + 1;
  readonly #thresholds = new LevelThresholds(MOST_LEVEL);
  readonly #counts = new Uint32Array(MOST_LEVEL + 1);

  /**
   * The levels of least (u − level)² + λ · bits.
   *
   * @param numbers f32[n], in steps
   * @param open    u8[n], 0 where the number is a level already and stays
   * @param levels  i16[n], written
   */
  choose(numbers: Float32Array, open: Uint8Array, table: Float32Array, lambda: number, levels: Int16Array): void {
    this.#thresholds.set(table, lambda);
    this.#thresholds.choose(numbers, open, levels);
    this.#counts.fill(0);
    for (let i = 0; i < levels.length; i++) this.#counts[Math.abs(levels[i])]++;
  }

  /** Learns the table from the last choice. @returns the bits of all levels by it */
  learn(table: Float32Array): number {
    return bitsOfLevels(this.#counts, table);
  }
}
