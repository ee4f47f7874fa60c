import { bitsOfLevels } from './level-bits.js';
import type { LevelChooser } from './level-chooser.js';
import { LevelThresholds } from './level-thresholds.js';

/** Largest level; what is beyond takes it. */
const MOST_LEVEL = 255;

/** Each number takes its level by itself. */
export class PlainChooser implements LevelChooser {
  readonly alone = true;
  readonly mostLevel = MOST_LEVEL;
  readonly levelsPerUnit = 1;
  readonly unitOfStep = 1;
  readonly tableLength = MOST_LEVEL + 1;
  readonly #thresholds = new LevelThresholds(MOST_LEVEL);
  readonly #counts = new Uint32Array(MOST_LEVEL + 1);

  choose(numbers: Float32Array, open: Uint8Array, table: Float32Array, lambda: number, levels: Int16Array): void {
    this.#thresholds.set(table, lambda);
    this.#thresholds.choose(numbers, open, levels);
    this.#counts.fill(0);
    for (let i = 0; i < levels.length; i++) this.#counts[Math.abs(levels[i])]++;
  }

  learn(table: Float32Array): number {
    return bitsOfLevels(this.#counts, table);
  }
}
