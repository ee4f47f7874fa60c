import { nearestSum } from '../../codebook/powers-of-two.js';
import type { Tensor } from '../../core/index.js';
import { allocateSteps, type Share } from '../uniform/allocate.js';
import { LevelChooser, MOST_LEVEL } from './level-chooser.js';

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

interface Tested {
  readonly tensor: Tensor;
  readonly weights: Float32Array;
  /** The largest weight: it has to have a level. */
  readonly largest: number;
}

/**
 * Steps for tensors so that rate–distortion choice takes `bits` a weight on the mean, every weight causing the same error of
 * the outputs. A step is 2^k or 1.5 · 2^k: so all levels of the network are sums of powers of two, and one codebook.
 *
 * @param lambda in squared units a bit
 */
export function planSteps(shares: readonly Share[], bits: number, lambda: number): StepPlan {
  const tested = shares.map(({ tensor }) => ({
    tensor,
    weights: tensor.toFloat32(),
    largest: tensor.toFloat32().reduce((most, w) => Math.max(most, Math.abs(w)), 0),
  }));
  const at = (noise: number): StepPlan => {
    const units = allocateSteps(shares, noise);
    const steps = new Map(
      tested.map(({ tensor, largest }) => [
        tensor,
        nearestSum(Math.max(units.get(tensor)!, (1.25 * largest) / MOST_LEVEL)),
      ]),
    );
    return { steps, bits: meanBits(tested, steps, lambda) };
  };
  let [low, high] = NOISES;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = Math.sqrt(low * high);
    if (at(middle).bits > bits) low = middle;
    else high = middle;
  }
  return at(high);
}

/** What levels take, after a few turns of choosing and counting. */
function meanBits(tensors: readonly Tested[], steps: ReadonlyMap<Tensor, number>, lambda: number): number {
  let total = 0;
  let count = 0;
  const chooser = new LevelChooser();
  for (const { tensor, weights } of tensors) {
    const numbers = new Float32Array(weights.length);
    const inverse = 1 / steps.get(tensor)!;
    for (let i = 0; i < numbers.length; i++) numbers[i] = weights[i] * inverse;
    const open = new Uint8Array(numbers.length).fill(1);
    const levels = new Int16Array(numbers.length);
    const table = new Float32Array(LevelChooser.tableLength);
    let bits = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      chooser.choose(numbers, open, table, pass === 0 ? 0 : lambda, levels);
      bits = chooser.learn(table);
    }
    total += bits;
    count += numbers.length;
  }
  return total / count;
}
