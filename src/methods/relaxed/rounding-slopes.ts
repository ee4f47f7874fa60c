import { exponential } from './exponential.js';
import { type IntegerGrid, nearestLevel } from './integer-grid.js';
import { edgesOf, listRuns } from './level-classes.js';

/** A grid of levels and the noise that is thought of, in steps. */
export interface NoisyGrid extends IntegerGrid {
  /** s = σ / α, from 1/40 on. */
  readonly spread: number;
  /**
   * z of classes 1, 2, … of levels (see `listRuns`), falling, from 1 to 0. Empty: all levels count alike, and the grid may be
   * any; else it is the signed one of as many bits as there are masks, and two.
   */
  readonly masks: ArrayLike<number>;
}

/** What the derivative of rounding is taken for. */
export interface Backward {
  readonly by: 'chosen' | 'all';
  /** 0–1: how much of it is the derivative of the identity, which is that of the clipped number. */
  readonly through: number;
}

/** What becomes of a number t, in steps, and what the derivatives of that are taken for. */
export interface Rounded {
  level: number;
  byNumber: number;
  bySpread: number;
  /** By the step: of α · q(x / α, σ / α). */
  byStep: number;
  /** By z of class 1, 2, … */
  readonly byMasks: Float64Array;
}

/** Beyond as many spreads from a level the odds stay as they are there. */
const FARTHEST = 20;
/** … of a border: e^(2 · 320) is still a number. */
const FARTHEST_BORDER = 300;

/**
 * Semi-relaxed quantization of a number. Had noise of the logistic distribution moved t, its nearest level would be n with the
 * probability
 *
 *   π(n) = S((n + ½ − t) / s) − S((n − ½ − t) / s),   S(x) = 1 / (1 + e^−x),   ρ(n) = z(n) π(n) / Σ z π
 *
 * The level is that of the largest ρ, without masks the nearest (a half goes up). Derivatives are those of n ρ(n), n fixed and ρ(n)
 * counted as 1 (`chosen`: multi-class straight-through), or those of Σ n ρ(n), as if nothing were rounded (`all`). The first
 * are 0 at level 0 and draw numbers to the middle of their cells elsewhere.
 *
 * @see Lee et al. 2021 (cluster-promoting quantization), arXiv 2109.02100, for `chosen`; Louizos et al. 2019 (relaxed
 *   quantization), arXiv 1810.01875, section 2.1, for π. `all` and `through` are ours.
 */
export class RoundingSlopes {
  readonly #factors: Float64Array;
  readonly #runs: readonly {
    readonly low: number;
    readonly high: number;
    readonly z: number;
    readonly class: number;
  }[];
  /** By level − low. */
  readonly #classes: Int8Array;
  readonly #z: Float64Array;
  /** The levels that any number can take. */
  readonly #left: IntegerGrid;

  constructor(
    readonly grid: NoisyGrid,
    readonly backward: Backward,
  ) {
    const { low, high, spread, masks } = grid;
    const reach = high - low + 1;
    this.#factors = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
      return exponential(Math.max(-FARTHEST_BORDER, Math.min(FARTHEST_BORDER, -(i - reach + 0.5) / spread)));
    });
    const runs = masks.length === 0 ? [{ low, high, class: 0 }] : listRuns(masks.length);
    this.#runs = runs.map((run) => ({ ...run, z: run.class === 0 ? 1 : masks[run.class - 1] }));
    this.#classes = new Int8Array(reach);
    this.#z = new Float64Array(reach);
    for (const run of this.#runs) {
      this.#classes.fill(run.class, run.low - low, run.high + 1 - low);
      this.#z.fill(run.z, run.low - low, run.high + 1 - low);
    }
    let outermost = masks.length;
    while (outermost > 0 && masks[outermost - 1] === 0) outermost--;
    this.#left = masks.length === 0 ? grid : edgesOf(outermost);
  }

  /** @param into written */
  at(exact: number, into: Rounded): void {
    const { low, high, spread: s } = this.grid;
    const { by, through } = this.backward;
    const n = this.#choose(exact);
    const u = bounded((exact - n) / s);
    const t = n + s * u;
    const e = exponential(u);
    let [total, totalT, totalS] = [0, 0, 0];
    for (const run of this.#runs) {
      const [bottom, top] = [this.#border(e, run.low - 1 - n), this.#border(e, run.high - n)];
      const [bottomSlope, topSlope] = [slopeAt(bottom), slopeAt(top)];
      total += run.z * between(bottom, top);
      totalT += run.z * (topSlope - bottomSlope);
      totalS += run.z * (topSlope * (run.high + 0.5 - t) - bottomSlope * (run.low - 0.5 - t));
    }
    const [from, to] = by === 'all' ? [low, high] : [n, n];
    let [value, slopeT, slopeS] = [0, 0, 0];
    for (let level = from; level <= to; level++) {
      const [bottom, top] = [this.#border(e, level - 1 - n), this.#border(e, level - n)];
      const [bottomSlope, topSlope] = [slopeAt(bottom), slopeAt(top)];
      const share = (this.#z[level - low] * level) / (total * total);
      const p = between(bottom, top);
      value += share * p * total;
      slopeT -= share * ((topSlope - bottomSlope) * total - p * totalT);
      slopeS -= share * ((topSlope * (level + 0.5 - t) - bottomSlope * (level - 0.5 - t)) * total - p * totalS);
    }
    slopeT /= s;
    slopeS /= s * s;
    const isInside = exact >= this.#left.low - 0.5 && exact <= this.#left.high + 0.5;
    const rest = 1 - through;
    into.level = n;
    into.byNumber = rest * slopeT + (isInside ? through : 0);
    into.bySpread = rest * slopeS;
    into.byStep = n - rest * (t * slopeT + s * slopeS) - (isInside ? through * exact : 0);
    for (let c = 1; c <= into.byMasks.length; c++) into.byMasks[c - 1] = this.#byMask(c, n, e, value) / total;
  }

  /** ∂/∂z of Σ n z π / Σ z π, over the levels that count, times Σ z π. */
  #byMask(c: number, n: number, e: number, value: number): number {
    let [mass, moment] = [0, 0];
    for (const run of this.#runs) {
      if (run.class !== c) continue;
      mass += between(this.#border(e, run.low - 1 - n), this.#border(e, run.high - n));
      for (let level = run.low; level <= run.high; level++) {
        if (this.backward.by === 'all' || level === n) moment += level * this.#mass(e, level - n);
      }
    }
    return moment - value * mass;
  }

  /** Masks fall, so that of the farther classes none can win over the nearest level, and of the nearer ones only the edge. */
  #choose(t: number): number {
    const { low, spread } = this.grid;
    const nearest = nearestLevel(t, this.grid);
    const own = this.#z[nearest - low];
    if (own === 1) return nearest;
    const e = exponential(bounded((t - nearest) / spread));
    // Where odds are too small to be told apart, the outermost that is left.
    let best = own > 0 ? nearest : this.#edge(this.#left, nearest);
    let most = own * this.#mass(e, 0);
    for (let c = this.#classes[nearest - low] - 1; c >= 0; c--) {
      const level = this.#edge(edgesOf(c), nearest);
      const weight = this.#z[level - low] * this.#mass(e, level - nearest);
      if (weight > most) [best, most] = [level, weight];
    }
    return best;
  }

  /** Of the side that `level` is on. */
  #edge({ low, high }: IntegerGrid, level: number): number {
    return level > 0 ? high : low;
  }

  /** π(n + d) */
  #mass(e: number, d: number): number {
    return between(this.#border(e, d - 1), this.#border(e, d));
  }

  /**
   * What stands for the border above level n + d: e^−x of S(x), x = (n + d + ½ − t) / s.
   *
   * @param e e^((t − n) / s)
   */
  #border(e: number, d: number): number {
    return e * this.#factors[d + this.grid.high - this.grid.low + 1];
  }
}

/** S at one border less S at another below it, by e^−x of either: without cancellation, wherever they are. */
function between(below: number, above: number): number {
  return (below - above) / ((1 + below) * (1 + above));
}

/** S′ = S (1 − S) */
function slopeAt(border: number): number {
  return border / ((1 + border) * (1 + border));
}

function bounded(u: number): number {
  return Math.max(-FARTHEST, Math.min(FARTHEST, u));
}
