import { BINS, BINS_PER_STEP, BINS_REACH, type LevelOdds, ODDS } from '../../kernels/index.js';
import { exponential, logarithm, sigmoid } from './exponential.js';

export interface OddsOptions {
  /** λ > 0 */
  readonly temperature: number;
  /** δ: levels within as many spreads of the nearest can be drawn, at least one to either side, at most {@link MOST}. */
  readonly reach: number;
}

/** Levels to either side of the nearest. */
const MOST = 7;
/** Added to each probability, so that none is 0. */
const FUZZ = 1e-9;
/** In spreads, how far a number counts as being from the nearest level. */
const FARTHEST = 20;
/** Different numbers drawn: 2^16. */
const DRAWN = 65536;
/** Between the least of them, −2.5, and the largest, 11.8. */
const MIDDLE = 4.66;

/**
 * What `GridKernels.drawLevels` needs for relaxed quantization: a sample of the levels near a number, which is t in steps, under
 * logistic noise of spread s. With n the nearest level, S the logistic function and g(j) of Gumbel's distribution
 *
 *   π(j) ∝ S((j + ½ − t) / s) − S((j − ½ − t) / s),   z(j) ∝ e^((ln π(j) + g(j)) / λ),   j within the reach of n
 *
 * so odds are π^(1/λ), here in those of n, and draws e^(g/λ): what all levels have in common falls out. They depend on t − n alone.
 *
 * @param spread s, in steps
 * @see Louizos et al. 2019, arXiv 1810.01875, algorithm 1 and section 2.2 (the local grid)
 */
export function levelOdds(spread: number, { temperature, reach }: OddsOptions): LevelOdds {
  const around = Math.max(1, Math.min(MOST, Math.floor(reach * spread)));
  const rows = new Float32Array(BINS * (2 * around + 1) * ODDS);
  const cold = 1 / temperature;
  const farthest = FARTHEST * spread;
  for (let bin = 0, at = 0; bin < BINS; bin++) {
    const t = Math.max(-farthest, Math.min(farthest, (bin + 0.5) / BINS_PER_STEP - BINS_REACH));
    const own = logarithm(probability(-t, spread).p);
    for (let j = -around; j <= around; j++, at += ODDS) {
      // So far from n there are no levels behind it.
      if (Math.abs(t) > 0.5 && j * t > 0) continue;
      const { p, byT, byS } = probability(j - t, spread);
      const odds = exponential(cold * (logarithm(p) - own));
      const [oddsByT, oddsByS] = [(odds * cold * byT) / p, (odds * cold * byS) / p];
      rows.set([odds, j * odds, oddsByT, oddsByS, j * oddsByT, j * oddsByS], at);
    }
  }
  return { around, rows, draws: gumbelDraws(temperature) };
}

/** That noise moves a number by `distance` steps, within half a step, and the derivatives by the number and by the spread. */
function probability(distance: number, spread: number): { p: number; byT: number; byS: number } {
  const [below, above] = [distance - 0.5, distance + 0.5];
  const [bottom, top] = [sigmoid(below / spread), sigmoid(above / spread)];
  const [bottomSlope, topSlope] = [bottom * (1 - bottom), top * (1 - top)];
  return {
    p: top - bottom + FUZZ,
    byT: (bottomSlope - topSlope) / spread,
    byS: (bottomSlope * below - topSlope * above) / spread ** 2,
  };
}

const drawn = new Map<number, Float32Array>();

/** e^(g/λ) of 65,536 g at equal distances of their distribution, in a unit in which those of the coldest are floats, too. */
function gumbelDraws(temperature: number): Float32Array {
  const known = drawn.get(temperature);
  if (known) return known;
  const made = Float32Array.from({ length: DRAWN }, (_, i) => {
    const g = -logarithm(-logarithm((i + 0.5) / DRAWN));
    return exponential((g - MIDDLE) / temperature);
  });
  drawn.set(temperature, made);
  return made;
}
