import { countBelow, countUpTo } from '../sorted-search.js';
import { nearestTo, type RankRange } from './nearest-to.js';
import { proposeCentroids, proposeMagnitudes } from './proposals.js';
import type { Unassigned } from './unassigned.js';

/** From this order on the tolerance is doubled instead. */
const MAX_ORDER = 20;

/** One step of a clustering round: a centroid was tried, and took `taken` weights (0 when the step failed). */
export interface WfnStep {
  readonly centroid: number;
  /** ω: corrections to a single power of two. */
  readonly order: number;
  readonly taken: number;
}

export interface WfnRound {
  /** f32[n], ascending. */
  readonly sorted: Float32Array;
  /** Positions in `sorted`; what is taken leaves it. */
  readonly unassigned: Unassigned;
  /** How many weights to take. */
  readonly target: number;
  /** δ of this round. */
  readonly delta: number;
  /** γ0 */
  readonly zeroThreshold: number;
  /**
   * Weights below γ0 go to 0 for free. They vote for it, and the smallest of them are taken first; in the released code they vote for
   * what is nearest, and any of them may be taken first. There, too, single weights may move as far as the mean allows.
   */
  readonly asReleased: boolean;
  /** Called for every run of positions that `centroid` takes. */
  readonly take: (centroid: number, start: number, end: number) => void;
  readonly onStep: (step: WfnStep) => void;
}

/**
 * One clustering round of WFN: takes the centroid that is absolutely nearest to most unassigned weights, gives it the
 * relatively nearest of all unassigned weights for as long as their mean relative move is at most the tolerance, and
 * raises the order ω when it got none.
 */
export function clusterRound(round: WfnRound): void {
  const { unassigned, delta } = round;
  const candidates = new Candidates(round);
  let tolerance = delta;
  let order = 0;
  for (let left = Math.min(round.target, unassigned.size); left > 0; ) {
    const centroid = candidates.mostPopular(order);
    const ranges = nearestTo(centroid, round, tolerance, left);
    const taken = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    for (const [start, end] of toPositions(ranges, unassigned)) {
      unassigned.remove(start, end, (a, b) => round.take(centroid, a, b));
    }
    round.onStep({ centroid, order, taken });
    left -= taken;
    if (taken > 0) tolerance = delta;
    else if (++order > MAX_ORDER) tolerance *= 2;
  }
}

/** Ranks shift when something is removed, positions do not. */
function toPositions(ranges: RankRange[], unassigned: Unassigned): RankRange[] {
  return ranges
    .filter(([start, end]) => start < end)
    .map(([start, end]) => [unassigned.at(start), unassigned.at(end - 1) + 1]);
}

/** The candidate centroids, made anew only when the order or the number of proposals changes. */
class Candidates {
  readonly #round: WfnRound;
  #key = '';
  #centroids: Float32Array = new Float32Array(0);
  /** #ends[k] = end of the positions nearest to centroid k. */
  #ends = new Uint32Array(0);

  constructor(round: WfnRound) {
    this.#round = round;
  }

  /** The centroid that is absolutely nearest to most unassigned weights; of equally popular ones the lowest. */
  mostPopular(order: number): number {
    this.#update(order);
    const { unassigned } = this.#round;
    let best = 0;
    let most = 0;
    let before = 0;
    for (let k = 0; k < this.#centroids.length; k++) {
      const after = unassigned.countBelow(this.#ends[k]);
      if (after - before > most) {
        most = after - before;
        best = k;
      }
      before = after;
    }
    return this.#centroids[best];
  }

  #update(order: number): void {
    const { sorted, unassigned, delta, zeroThreshold, asReleased } = this.#round;
    const limit = Math.max(-sorted[unassigned.first], sorted[unassigned.last]);
    const magnitudes = proposeMagnitudes(limit, delta, zeroThreshold);
    const key = `${order} ${magnitudes.length}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#centroids = proposeCentroids(magnitudes, order, delta, zeroThreshold);
    this.#ends = new Uint32Array(this.#centroids.length).fill(sorted.length);
    for (let k = 0; k + 1 < this.#ends.length; k++) {
      // A weight in the middle belongs to the lower centroid.
      this.#ends[k] = countUpTo(sorted, (this.#centroids[k] + this.#centroids[k + 1]) / 2);
    }
    if (asReleased) return;
    const zero = this.#centroids.indexOf(0);
    if (zero > 0) this.#ends[zero - 1] = countUpTo(sorted, -zeroThreshold);
    if (zero + 1 < this.#ends.length) this.#ends[zero] = countBelow(sorted, zeroThreshold);
  }
}
