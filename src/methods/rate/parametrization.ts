import type { Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
import type {
  ParameterGroup,
  Parametrize,
  StoredTensor,
  TrainingLength,
  WeightParametrization,
  WeightStore,
} from '../../training/index.js';
import { bitsOfLevels } from './level-bits.js';
import { LevelThresholds } from './level-thresholds.js';
import { MOST_LEVEL } from './plan-steps.js';

/** What follows from the posterior before training. */
export interface RatePlan {
  /** Of the tensors that are to have levels; the others are trained as they are. */
  readonly steps: ReadonlyMap<Tensor, number>;
  /** Mean bits of a level that the training ends with. */
  readonly bits: number;
  /** λ of the beginning, in squared steps a bit. */
  readonly lambda: number;
  /** Share of the training in which the bits fall from what they are to what they are to be. */
  readonly ramp: number;
  /** Shares of the levels that are fixed, ascending, spread evenly over the training from {@link fixFrom} on. */
  readonly rounds: readonly number[];
  readonly fixFrom: number;
}

/** Steps between two looks at what levels cost. */
const LOOK = 20;
/** How hard λ is turned to keep the bits where they are to be. */
const GAIN = 0.5;
const LEAST_LAMBDA = 1 / 1024;
/** Free numbers move by this share of their tensor's spread where levels move by one step. */
const FREE_SHARE = 1 / 8;

/**
 * Levels that are trained under a rate term, straight through: the model is run with the levels that are cheapest in
 * (u − l)² + λ · bits(l), and u, the weight in steps of its tensor, takes the gradient of the level. What levels cost is
 * counted anew every few steps, and λ turned so that they take the bits that are asked for.
 */
export function rateAware(plan: RatePlan): Parametrize {
  const recipe = {
    rate: { ...plan, steps: [...plan.steps].map(([tensor, step]) => [tensor.name, step]) },
  };
  return Object.assign((store: WeightStore, length: TrainingLength) => new RateAware(store, length, plan), { recipe });
}

interface Levels {
  readonly stored: StoredTensor;
  readonly step: number;
  readonly mask: Region<Uint8Array>;
  readonly bits: Region<Float32Array>;
}

class RateAware implements WeightParametrization {
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  readonly #levels: readonly Levels[];
  readonly #free: readonly { readonly stored: StoredTensor; readonly unit: number }[];
  /** λ, the bits at the first look, and those at the last one. */
  readonly #control: Region<Float32Array>;
  readonly #thresholds = new LevelThresholds(MOST_LEVEL);

  constructor(
    readonly store: WeightStore,
    readonly length: TrainingLength,
    readonly plan: RatePlan,
  ) {
    const { memory } = store;
    this.parameters = memory.floats(store.weights.length);
    this.gradients = memory.floats(store.weights.length);
    const isLevels = ({ source }: StoredTensor) => plan.steps.has(source.tensor);
    this.#levels = store.parameters.filter(isLevels).map((stored) => ({
      stored,
      step: plan.steps.get(stored.source.tensor)!,
      mask: memory.bytes(stored.length),
      bits: memory.floats(MOST_LEVEL + 1),
    }));
    this.#free = store.parameters
      .filter((stored) => !isLevels(stored))
      .map((stored) => ({ stored, unit: FREE_SHARE * (spreadOf(this.#weightsOf(stored)) || 1) }));
    this.groups = [
      ...this.#levels.map(({ stored, mask }) => ({ ...placeOf(stored), decay: false, rate: 1, mask })),
      ...this.#free.map(({ stored }) => ({ ...placeOf(stored), decay: false, rate: 1, mask: null })),
    ];
    this.#control = memory.floats(3);
    this.state = [this.#control, ...this.#levels.flatMap(({ mask, bits }) => [mask, bits])];
    this.#start();
  }

  sample(step: number): void {
    if (step > 0 && step % LOOK === 0) this.#look(step / this.length.steps);
    this.#fix(step);
    this.harden();
  }

  backward(): void {
    for (const { stored, step } of this.#levels) this.#scale(stored, step);
    for (const { stored, unit } of this.#free) this.#scale(stored, unit);
  }

  harden(): void {
    for (const levels of this.#levels) this.#choose(levels);
    for (const { stored, unit } of this.#free) {
      const target = this.#weightsOf(stored);
      const parameters = this.#of(this.parameters, stored);
      for (let i = 0; i < target.length; i++) target[i] = parameters[i] * unit;
    }
  }

  #start(): void {
    for (const { stored, step, mask } of this.#levels) {
      mask.view().fill(1);
      const parameters = this.#of(this.parameters, stored);
      const weights = this.#weightsOf(stored);
      for (let i = 0; i < weights.length; i++) parameters[i] = weights[i] / step;
    }
    for (const { stored, unit } of this.#free) {
      const parameters = this.#of(this.parameters, stored);
      const weights = this.#weightsOf(stored);
      for (let i = 0; i < weights.length; i++) parameters[i] = weights[i] / unit;
    }
    for (let pass = 0; pass < 4; pass++) {
      this.#control.view()[0] = pass === 0 ? 0 : this.plan.lambda;
      this.#control.view()[1] = this.#count();
    }
  }

  /** Counts levels and turns λ. */
  #look(progress: number): void {
    const bits = this.#count();
    const control = this.#control.view();
    const [lambda, first] = control;
    const way = Math.min(1, progress / this.plan.ramp);
    const target = first + (this.plan.bits - first) * way;
    control[0] = Math.max(LEAST_LAMBDA, lambda * (1 + (GAIN * (bits - target)) / target));
    control[2] = bits;
  }

  /** Chooses levels at what they cost, counts them, and learns from that what they cost. @returns mean bits */
  #count(): number {
    const counts = new Uint32Array(MOST_LEVEL + 1);
    let total = 0;
    let elements = 0;
    for (const levels of this.#levels) {
      counts.fill(0);
      this.#choose(levels);
      const weights = this.#weightsOf(levels.stored);
      const inverse = 1 / levels.step;
      for (let i = 0; i < weights.length; i++) counts[Math.round(Math.abs(weights[i] * inverse))]++;
      total += bitsOfLevels(counts, levels.bits.view());
      elements += weights.length;
    }
    return total / elements;
  }

  #choose({ stored, step, mask, bits }: Levels): void {
    this.#thresholds.set(bits.view(), this.#control.view()[0]);
    const target = this.#weightsOf(stored);
    const parameters = this.#of(this.parameters, stored);
    const open = mask.view();
    for (let i = 0; i < target.length; i++) {
      const u = parameters[i];
      target[i] = step * (open[i] === 1 ? this.#thresholds.levelOf(u) : u);
    }
  }

  /** Fixes the levels that are nearest to their numbers, as many as the round has. */
  #fix(step: number): void {
    const { rounds, fixFrom } = this.plan;
    const share = shareFixed(step, this.length.steps, fixFrom, rounds);
    if (share === shareFixed(step - 1, this.length.steps, fixFrom, rounds)) return;
    const elements = this.#levels.reduce((sum, { stored }) => sum + stored.length, 0);
    const distances: Float32Array[] = [];
    for (const levels of this.#levels) {
      this.#choose(levels);
      const weights = this.#weightsOf(levels.stored);
      const parameters = this.#of(this.parameters, levels.stored);
      const open = levels.mask.view();
      distances.push(
        weights.map((weight, i) => (open[i] === 1 ? Math.abs(parameters[i] - Math.round(weight / levels.step)) : -1)),
      );
    }
    const all = new Float32Array(elements);
    let at = 0;
    for (const own of distances) {
      all.set(own, at);
      at += own.length;
    }
    this.store.memory.kernels.sortFloats(all);
    const limit = all[Math.min(elements, Math.ceil(elements * share)) - 1];
    this.#levels.forEach(({ stored, step: size, mask }, k) => {
      const parameters = this.#of(this.parameters, stored);
      const weights = this.#weightsOf(stored);
      const open = mask.view();
      for (let i = 0; i < weights.length; i++) {
        if (open[i] === 0 || distances[k][i] > limit) continue;
        parameters[i] = Math.round(weights[i] / size);
        open[i] = 0;
      }
    });
  }

  #scale(stored: StoredTensor, factor: number): void {
    const target = this.#of(this.gradients, stored);
    const gradients = this.#of(this.store.gradients, stored);
    for (let i = 0; i < target.length; i++) target[i] = gradients[i] * factor;
  }

  #weightsOf(stored: StoredTensor): Float32Array {
    return this.#of(this.store.weights, stored);
  }

  #of(region: Region<Float32Array>, { offset, length }: StoredTensor): Float32Array {
    return region.view(offset, offset + length);
  }
}

/** The share that is fixed from `step` on. */
function shareFixed(step: number, steps: number, from: number, rounds: readonly number[]): number {
  const way = (step / steps - from) / (1 - from);
  const round = Math.floor(way * rounds.length);
  return round < 0 ? 0 : rounds[Math.min(round, rounds.length - 1)];
}

function placeOf({ offset, length }: StoredTensor) {
  return { offset, length };
}

function spreadOf(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}
