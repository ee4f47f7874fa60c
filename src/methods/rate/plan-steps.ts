import { exponentOf, powerOfTwo } from '../../codebook/powers-of-two.js';
import type { Tensor } from '../../core/index.js';
import { allocateSteps, type Share } from '../uniform/allocate.js';
import { bitsOfLevels } from './level-bits.js';
import { LevelThresholds } from './level-thresholds.js';

/** Largest level; what is beyond takes it. */
export const MOST_LEVEL = 63;
/** Halvings, in the logarithm, of the range in which the noise is looked for. */
const HALVINGS = 16;
const NOISES: readonly [number, number] = [2 ** -14, 4];
/** Turns of choosing levels and counting them. */
const PASSES = 3;

export interface StepPlan {
  readonly steps: ReadonlyMap<Tensor, number>;
  /** Mean bits of a level that weights as they are take in these steps. */
  readonly bits: number;
}

/**
 * Steps for tensors so that rate–distortion choice takes `bits` a weight on the mean, every weight causing the same error of
 * the outputs. A step is 2^k or 1.5 · 2^k: so all levels of the network are sums of powers of two, and one codebook.
 *
 * @param lambda in squared steps a bit
 */
export function planSteps(shares: readonly Share[], bits: number, lambda: number): StepPlan {
  const weights = shares.map(({ tensor }) => tensor.toFloat32());
  const at = (noise: number): StepPlan => {
    const steps = new Map([...allocateSteps(shares, noise)].map(([tensor, step]) => [tensor, nearestSum(step)]));
    return { steps, bits: meanBits(shares, weights, steps, lambda) };
  };
  let [low, high] = NOISES;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = Math.sqrt(low * high);
    if (at(middle).bits > bits) low = middle;
    else high = middle;
  }
  return at(high);
}

/** 2^k or 1.5 · 2^k, whichever is nearest by ratio. */
export function nearestSum(step: number): number {
  const power = powerOfTwo(exponentOf(step));
  const ratio = step / power;
  // Geometric means: √1.5 and √3.
  if (ratio * ratio < 1.5) return power;
  return ratio * ratio < 3 ? 1.5 * power : 2 * power;
}

function meanBits(
  shares: readonly Share[],
  weights: readonly Float32Array[],
  steps: ReadonlyMap<Tensor, number>,
  lambda: number,
): number {
  const thresholds = new LevelThresholds(MOST_LEVEL);
  const bits = new Float32Array(MOST_LEVEL + 1);
  let total = 0;
  let count = 0;
  shares.forEach(({ tensor }, i) => {
    const inverse = 1 / steps.get(tensor)!;
    bits.fill(0);
    let own = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      thresholds.set(bits, pass === 0 ? 0 : lambda);
      const counts = new Uint32Array(MOST_LEVEL + 1);
      for (const weight of weights[i]) counts[Math.abs(thresholds.levelOf(weight * inverse))]++;
      own = bitsOfLevels(counts, bits);
    }
    total += own;
    count += weights[i].length;
  });
  return total / count;
}
