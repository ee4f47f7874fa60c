import { exponential, logarithm } from './exponential.js';
import { type IntegerGrid, nearestLevel } from './integer-grid.js';

export interface DrawOptions {
  /** λ > 0 */
  readonly temperature: number;
  /** The level that was drawn, not the mean of what might have been. */
  readonly hard: boolean;
  /** δ: levels within as many spreads of the nearest can be drawn, at least one to either side, at most {@link MOST}. */
  readonly reach: number;
}

/** Levels to either side of the nearest. */
export const MOST = 7;
/** Added to each probability, so that none is 0. */
const FUZZ = 1e-9;
const FARTHEST = 20;
/** Bins of a step. */
const BINS = 64;
/** Different numbers drawn: 2^16. */
const DRAWN = 65536;

/**
 * Relaxed quantization: a sample of the levels near a number, which is t in steps, under logistic noise of spread s. With n the
 * nearest level, u(j) of Gumbel's distribution and
 *
 *   π(j) ∝ S((j + ½ − t) / s) − S((j − ½ − t) / s),   z(j) ∝ e^((ln π(j) + u(j)) / λ),   j within the reach of n
 *
 * it becomes Σ j z(j), or j of the largest z. Derivatives are those of the former. Probabilities are looked up at the middle of
 * bins of 1/64 step, and u is one of 65,536 numbers.
 *
 * @see Louizos et al. 2019, arXiv 1810.01875, algorithm 1 and section 2.2 (the local grid)
 */
export class LevelDraws {
  /** Levels to either side that can be drawn. */
  readonly #around: number;
  /** Of each bin and each level near: π^(1/λ), and the derivatives of ln π by t and by s over λ. */
  readonly #odds: Float64Array;
  readonly #byT: Float64Array;
  readonly #byS: Float64Array;
  readonly #nearest: Int16Array;
  readonly #start: number;
  /** e^(u/λ) */
  readonly #gumbels: Float32Array;

  constructor(
    readonly grid: IntegerGrid & { readonly spread: number },
    readonly options: DrawOptions,
  ) {
    const { low, high, spread } = grid;
    const { temperature, reach } = options;
    const around = Math.max(1, Math.min(MOST, Math.floor(reach * spread)));
    const size = BINS * (high - low + 5);
    const near = 2 * around + 1;
    this.#around = around;
    this.#start = low - 2.5;
    this.#nearest = new Int16Array(size);
    this.#odds = new Float64Array(size * near);
    this.#byT = new Float64Array(size * near);
    this.#byS = new Float64Array(size * near);
    this.#gumbels = gumbelsOf(temperature);
    for (let bin = 0; bin < size; bin++) this.#fill(bin, this.#start + (bin + 0.5) / BINS);
  }

  /**
   * @param seed    u32, another one for each draw
   * @param targets f32[n], written: step · what t became
   * @param slopes  f32[3n], written: derivatives by number, by step and by spread, n each
   */
  draw(numbers: Float32Array, step: number, seed: number, targets: Float32Array, slopes: Float32Array): void {
    const { low, high, spread } = this.grid;
    const count = numbers.length;
    const around = this.#around;
    const near = 2 * around + 1;
    const last = this.#nearest.length - 1;
    const { hard } = this.options;
    // Read once: a private field costs at every look.
    const [odds, byTs, bySs, nearests, gumbels] = [this.#odds, this.#byT, this.#byS, this.#nearest, this.#gumbels];
    const start = this.#start;
    for (let i = 0; i < count; i++) {
      const t = numbers[i] / step;
      const bin = Math.max(0, Math.min(last, Math.floor((t - start) * BINS)));
      const n = nearests[bin];
      let sum = 0;
      let sumJ = 0;
      let sumT = 0;
      let sumJT = 0;
      let sumS = 0;
      let sumJS = 0;
      let best = 0;
      let most = -1;
      let bits = 0;
      for (let k = 0; k < near; k++) {
        const j = k - around;
        // Two numbers of 16 bits out of each hash.
        bits = k % 2 === 0 ? hash(i * 8 + (k >> 1), seed) : bits >>> 16;
        if (n + j < low || n + j > high) continue;
        const at = bin * near + k;
        const z = odds[at] * gumbels[bits & 0xffff];
        const zT = z * byTs[at];
        const zS = z * bySs[at];
        if (z > most) {
          most = z;
          best = j;
        }
        sum += z;
        sumJ += z * j;
        sumT += zT;
        sumJT += zT * j;
        sumS += zS;
        sumJS += zS * j;
      }
      const mean = sumJ / sum;
      const byT = (sumJT - mean * sumT) / sum;
      const byS = (sumJS - mean * sumS) / sum;
      targets[i] = step * (n + (hard ? best : mean));
      slopes[i] = byT;
      slopes[count + i] = n + mean - (t * byT + spread * byS);
      slopes[2 * count + i] = byS;
    }
  }

  #fill(bin: number, exact: number): void {
    const { low, high, spread: s } = this.grid;
    const cold = 1 / this.options.temperature;
    const n = nearestLevel(exact, this.grid);
    const t = n + s * Math.max(-FARTHEST, Math.min(FARTHEST, (exact - n) / s));
    this.#nearest[bin] = n;
    const near = 2 * this.#around + 1;
    for (let k = 0; k < near; k++) {
      const level = n + k - this.#around;
      if (level < low || level > high) continue;
      const [bottom, top] = [sigmoid((level - 0.5 - t) / s), sigmoid((level + 0.5 - t) / s)];
      const [bottomSlope, topSlope] = [bottom * (1 - bottom), top * (1 - top)];
      const p = top - bottom + FUZZ;
      // What all levels have in common falls out of z.
      const at = bin * near + k;
      this.#odds[at] = cold === 1 ? p : exponential(cold * logarithm(p));
      this.#byT[at] = (-cold * (topSlope - bottomSlope)) / (s * p);
      this.#byS[at] = (-cold * (topSlope * (level + 0.5 - t) - bottomSlope * (level - 0.5 - t))) / (s * s * p);
    }
  }
}

const gumbels = new Map<number, Float32Array>();

/** e^(u/λ) of 65,536 u at equal distances of their distribution. */
function gumbelsOf(temperature: number): Float32Array {
  const known = gumbels.get(temperature);
  if (known) return known;
  const made = Float32Array.from({ length: DRAWN }, (_, i) => {
    const inverse = -logarithm((i + 0.5) / DRAWN);
    return temperature === 1 ? 1 / inverse : exponential(-logarithm(inverse) / temperature);
  });
  gumbels.set(temperature, made);
  return made;
}

function sigmoid(x: number): number {
  return 1 / (1 + exponential(-x));
}

function hash(index: number, seed: number): number {
  let x = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
