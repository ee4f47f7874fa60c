import type { Kernels } from '../../kernels/index.js';
import { countBelow, countUpTo } from '../sorted-search.js';

/** What a stage works on: the weights that are still free, ascending by mean. */
export interface FreeWeights {
  readonly means: Float32Array;
  readonly sigmas: Float32Array;
}

export interface StageOptions {
  readonly kernels: Kernels;
  /** Ascending, distinct, with 0. */
  readonly centroids: Float32Array;
  /** A centroid may take a weight at most `delta` of its σ away. */
  readonly delta: number;
  /** Weights below it are free for the free centroid; 0 switches that off. */
  readonly zeroThreshold: number;
  /** Whether the free centroid is the middle one of those left, instead of 0. */
  readonly freeMiddle: boolean;
}

/**
 * The inner loop of a PWFN round: one candidate set, one δ. Each time the centroid within reach of most weights takes
 * them and leaves the set.
 *
 * Weight i reaches exactly the centroids in [μ − δσ, μ + δσ]: votes are counted once by a difference array, and those of
 * a weight that is taken are withdrawn in the same way.
 */
export class Stage {
  readonly #means: Float32Array;
  readonly #sigmas: Float32Array;
  readonly #options: StageOptions;
  readonly #votes: Int32Array;
  readonly #steps: Int32Array;
  /** Indices of the centroids that are left, ascending. */
  readonly #left: number[];
  /** #next[i] leads to the first free weight at or after i; n when there is none. */
  readonly #next: Uint32Array;
  readonly #reach: number;
  /** The weights below zeroThreshold are at [#zeroStart, #zeroEnd). */
  readonly #zeroStart: number = 0;
  readonly #zeroEnd: number = 0;

  constructor({ means, sigmas }: FreeWeights, options: StageOptions) {
    const { centroids, delta, kernels, zeroThreshold } = options;
    this.#means = means;
    this.#sigmas = sigmas;
    this.#options = options;
    this.#votes = new Int32Array(centroids.length);
    this.#steps = new Int32Array(centroids.length + 1);
    this.#left = Array.from(centroids.keys());
    this.#next = new Uint32Array(means.length + 1);
    for (let i = 0; i <= means.length; i++) this.#next[i] = i;
    let largest = 0;
    for (let i = 0; i < sigmas.length; i++) largest = Math.max(largest, sigmas[i]);
    this.#reach = delta * largest;
    kernels.countVotes(means, sigmas, delta, centroids, this.#votes);
    if (zeroThreshold > 0) {
      this.#zeroStart = countUpTo(means, -zeroThreshold);
      this.#zeroEnd = countBelow(means, zeroThreshold);
    }
  }

  /**
   * The next centroid and the indices of the free weights that it takes, ascending; null when none has any.
   *
   * @param most take no more than the `most` nearest in σ, of equally near ones those that move least, of those the lower index
   */
  next(most: number): { centroid: number; members: Uint32Array } | null {
    const free = this.#freeCentroid();
    const bonus = this.#countBonus(free);
    let best = -1;
    let votes = 0;
    for (const k of this.#left) {
      const count = this.#votes[k] + (k === free ? bonus : 0);
      if (count > votes) {
        votes = count;
        best = k;
      }
    }
    if (best < 0) return null;
    let members = this.#membersOf(best, free, votes);
    if (members.length > most) members = this.#nearest(members, most, best, free);
    this.#left.splice(this.#left.indexOf(best), 1);
    this.#withdraw(members);
    return { centroid: this.#options.centroids[best], members };
  }

  /** −1 when it has been taken, or zeroFix is off. */
  #freeCentroid(): number {
    const { centroids, freeMiddle, zeroThreshold } = this.#options;
    if (zeroThreshold === 0 || this.#left.length === 0) return -1;
    if (freeMiddle) return this.#left[this.#left.length >> 1];
    const zero = countBelow(centroids, 0);
    return this.#left.includes(zero) ? zero : -1;
  }

  /** Free weights below zeroThreshold that do not reach the free centroid by themselves. */
  #countBonus(free: number): number {
    let count = 0;
    if (free < 0) return 0;
    for (let i = this.#first(this.#zeroStart); i < this.#zeroEnd; i = this.#first(i + 1)) {
      if (!this.#reaches(i, free)) count++;
    }
    return count;
  }

  #membersOf(k: number, free: number, votes: number): Uint32Array {
    const centroid = this.#options.centroids[k];
    let start = countBelow(this.#means, centroid - this.#reach);
    let end = countUpTo(this.#means, centroid + this.#reach);
    if (k === free) {
      start = Math.min(start, this.#zeroStart);
      end = Math.max(end, this.#zeroEnd);
    }
    const members = new Uint32Array(votes);
    let count = 0;
    for (let i = this.#first(start); count < votes && i < end; i = this.#first(i + 1)) {
      if (this.#reaches(i, k) || (k === free && this.#isSmall(i))) members[count++] = i;
    }
    return members;
  }

  #nearest(members: Uint32Array, most: number, k: number, free: number): Uint32Array {
    const centroid = this.#options.centroids[k];
    const moves = Float64Array.from(members, (i) => Math.abs(centroid - this.#means[i]));
    const distances = moves.map((move, a) =>
      k === free && this.#isSmall(members[a]) ? 0 : move / this.#sigmas[members[a]],
    );
    const byDistance = new Uint32Array(members.keys()).sort(
      (a, b) => distances[a] - distances[b] || moves[a] - moves[b] || a - b,
    );
    return byDistance
      .subarray(0, most)
      .map((a) => members[a])
      .sort();
  }

  #withdraw(members: Uint32Array): void {
    const { centroids, delta } = this.#options;
    this.#steps.fill(0);
    for (const i of members) {
      this.#next[i] = i + 1;
      const reach = delta * this.#sigmas[i];
      this.#steps[countBelow(centroids, this.#means[i] - reach)]++;
      this.#steps[countUpTo(centroids, this.#means[i] + reach)]--;
    }
    let sum = 0;
    for (let k = 0; k < centroids.length; k++) {
      sum += this.#steps[k];
      this.#votes[k] -= sum;
    }
  }

  /** As in countVotes: by the rounded ends of the interval. */
  #reaches(i: number, k: number): boolean {
    const reach = this.#options.delta * this.#sigmas[i];
    const centroid = this.#options.centroids[k];
    return this.#means[i] - reach <= centroid && centroid <= this.#means[i] + reach;
  }

  #isSmall(i: number): boolean {
    return i >= this.#zeroStart && i < this.#zeroEnd;
  }

  /** The first free weight at or after i; halves the path that it follows. */
  #first(i: number): number {
    const next = this.#next;
    while (next[i] !== i) {
      next[i] = next[next[i]];
      i = next[i];
    }
    return i;
  }
}
