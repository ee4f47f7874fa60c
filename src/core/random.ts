/**
 * A counter-based generator: value i depends on (seed, i) alone, so a stream can be entered anywhere and split over
 * workers. Integer arithmetic only: the same stream in every engine. Mixing as in SplitMix/Murmur3 finalizers
 * (32-bit "lowbias32" constants, C. Wellons), applied to two keyed rounds.
 */
export class Random {
  #counter = 0;

  constructor(readonly seed: number) {}

  /** An independent generator for a named purpose. */
  fork(stream: number): Random {
    return new Random(mix(this.seed ^ Math.imul(stream + 1, 0x9e3779b9)));
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    return at(this.seed, this.#counter++);
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.uint32() * 2 ** -32;
  }

  /** Uniform in (0, 1): the middle of one of 2^32 equal parts. */
  inside(): number {
    return this.uniform() + 2 ** -33;
  }

  /** Uniform integer in [0, bound), bound ≤ 2^31; the bias is below 2^-31 × bound. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /**
   * Approximately N(0, 1): a sum of twelve uniforms less six (Irwin–Hall), so |x| < 6. No logarithm and no cosine,
   * which differ between engines in the last place.
   */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<T extends { length: number; [index: number]: number }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }
}

function at(seed: number, counter: number): number {
  return mix(mix(counter ^ mix(seed)) + Math.imul(counter, 0x9e3779b9));
}

function mix(x: number): number {
  x = x >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
