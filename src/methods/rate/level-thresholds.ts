/**
 * Rate–distortion choice on a uniform grid, solved for all numbers at once: the level of least
 *
 *   (u − l)² + λ · bits(|l|)
 *
 * grows with |u|, so a few thresholds tell it. Each level is a line in u (the squares of u are common to all), and what
 * is chosen anywhere is their lower envelope.
 */
export class LevelThresholds {
  /** The levels that are ever worth their bits, ascending, the first 0. */
  readonly #levels: Uint8Array;
  /** #from[j]: the least |u| that takes #levels[j]. */
  readonly #from: Float64Array;
  #count = 0;

  /** @param most the largest level, below 256 */
  constructor(most: number) {
    this.#levels = new Uint8Array(most + 1);
    this.#from = new Float64Array(most + 1);
  }

  /**
   * @param bits   of levels 0, 1, …: those of either sign cost the same
   * @param lambda in squared steps a bit, ≥ 0
   */
  set(bits: Float32Array, lambda: number): void {
    const height = (level: number) => level * level + lambda * bits[level];
    this.#count = 1;
    this.#levels[0] = 0;
    for (let level = 1; level < bits.length; level++) {
      let from = 0;
      for (; this.#count > 0; this.#count--) {
        const last = this.#levels[this.#count - 1];
        from = (height(level) - height(last)) / (2 * (level - last));
        if (this.#count === 1 || from > this.#from[this.#count - 1]) break;
      }
      this.#levels[this.#count] = level;
      this.#from[this.#count++] = Math.max(0, from);
    }
  }

  /**
   * @param numbers f32[n], in steps, finite
   * @param open    u8[n], 0 where a number is a level already and stays
   * @param levels  i16[n], written
   */
  choose(numbers: Float32Array, open: Uint8Array, levels: Int16Array): void {
    const count = this.#count;
    const from = this.#from;
    const ladder = this.#levels;
    for (let i = 0; i < numbers.length; i++) {
      const u = numbers[i];
      if (open[i] === 0) {
        levels[i] = Math.round(u);
        continue;
      }
      const size = Math.abs(u);
      let j = 1;
      while (j < count && size >= from[j]) j++;
      const level = ladder[j - 1];
      levels[i] = u < 0 ? -level : level;
    }
  }
}
