import type { Tensor } from '../../core/index.js';
import type { Kernels, Region } from '../../kernels/index.js';
import { standardDeviation } from '../../posterior/index.js';
import type {
  ParameterGroup,
  Parametrize,
  StoredTensor,
  TrainingLength,
  WeightParametrization,
  WeightStore,
} from '../../training/index.js';
import { SharedNumbers } from '../fixing/shared-numbers.js';
import { valueFigures } from '../fixing/value-figures.js';
import { LevelChooser } from './level-chooser.js';

/** What follows from the posterior before training. */
export interface RatePlan {
  /** Of the tensors that are to have levels; the others are trained as they are. */
  readonly steps: ReadonlyMap<Tensor, number>;
  /** Mean bits of a level that the training ends with. */
  readonly bits: number;
  /** λ of the beginning, in squared units a bit. */
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
  const recipe = { rate: { ...plan, steps: [...plan.steps].map(([tensor, step]) => [tensor.name, step]) } };
  return Object.assign((store: WeightStore, length: TrainingLength) => new RateAware(store, length, plan), { recipe });
}

interface Levels {
  readonly stored: StoredTensor;
  readonly chooser: LevelChooser;
  readonly step: number;
  readonly mask: Region<Uint8Array>;
  readonly table: Region<Float32Array>;
  /** i16[n] as bytes: as they were last chosen. */
  readonly levels: Region<Uint8Array>;
}

class RateAware implements WeightParametrization {
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  readonly #levels: readonly Levels[];
  readonly #free: readonly { readonly stored: StoredTensor; readonly unit: number }[];
  /** λ, the bits at the beginning, and those of the last look. */
  readonly #control: Region<Float32Array>;

  constructor(
    readonly store: WeightStore,
    readonly length: TrainingLength,
    readonly plan: RatePlan,
  ) {
    const { memory } = store;
    this.parameters = memory.floats(store.weights.length);
    this.gradients = memory.floats(store.weights.length);
    const isLevels = ({ source }: StoredTensor) => plan.steps.has(source.tensor);
    this.#levels = store.parameters.filter(isLevels).map((stored) => {
      const mask = memory.bytes(stored.length);
      mask.view().fill(1);
      return {
        stored,
        chooser: new LevelChooser(),
        step: plan.steps.get(stored.source.tensor)!,
        mask,
        table: memory.floats(LevelChooser.tableLength),
        levels: memory.bytes(2 * stored.length),
      };
    });
    this.#free = store.parameters
      .filter((stored) => !isLevels(stored))
      .map((stored) => ({ stored, unit: FREE_SHARE * (standardDeviation(this.#weightsOf(stored)) || 1) }));
    this.groups = [
      ...this.#levels.map(({ stored, mask }) => ({ ...placeOf(stored), decay: false, rate: 1, mask })),
      ...this.#free.map(({ stored }) => ({ ...placeOf(stored), decay: false, rate: 1, mask: null })),
    ];
    this.#control = memory.floats(3);
    this.state = [this.#control, ...this.#levels.flatMap(({ mask, table, levels }) => [mask, table, levels])];
    this.#start();
  }

  advance(step: number): boolean {
    if (step > 0 && step % LOOK === 0) this.#look(step / this.length.steps);
    return this.#fix(step);
  }

  sample(): void {
    for (const each of this.#levels) this.#choose(each);
    this.harden();
  }

  backward(): void {
    for (const { stored, unit } of this.#units()) {
      const target = this.#of(this.gradients, stored);
      const gradients = this.#of(this.store.gradients, stored);
      for (let i = 0; i < target.length; i++) target[i] = gradients[i] * unit;
    }
  }

  harden(): void {
    for (const { stored, step, levels } of this.#levels) {
      const target = this.#weightsOf(stored);
      const own = levelsIn(levels);
      for (let i = 0; i < target.length; i++) target[i] = step * own[i];
    }
    for (const { stored, unit } of this.#free) {
      const target = this.#weightsOf(stored);
      const parameters = this.#of(this.parameters, stored);
      for (let i = 0; i < target.length; i++) target[i] = parameters[i] * unit;
    }
  }

  describe(): Readonly<Record<string, number>> {
    const open = this.#levels.reduce((sum, { mask }) => sum + mask.view().reduce((a, b) => a + b, 0), 0);
    const numbers = this.#levels.map(({ stored }) => this.#weightsOf(stored));
    const all = new SharedNumbers(this.#levels.map(({ stored }) => stored)).gather(this.store.weights);
    const [lambda, , bits] = this.#control.view();
    const elements = numbers.reduce((sum, { length }) => sum + length, 0);
    return { ...valueFigures(all), rate: bits, lambda, fixed: 1 - open / elements };
  }

  #start(): void {
    for (const { stored, unit } of this.#units()) {
      const parameters = this.#of(this.parameters, stored);
      const weights = this.#weightsOf(stored);
      for (let i = 0; i < weights.length; i++) parameters[i] = weights[i] / unit;
    }
    const control = this.#control.view();
    for (let pass = 0; pass < 4; pass++) {
      for (const { levels, stored } of this.#levels)
        levelsIn(levels).set(this.#of(this.parameters, stored).map(Math.round));
      control[0] = pass === 0 ? 0 : this.plan.lambda;
      control[1] = this.#learn();
    }
    control[2] = control[1];
  }

  /** Looks at what levels cost, and turns λ. */
  #look(progress: number): void {
    const bits = this.#learn();
    const control = this.#control.view();
    const [lambda, first] = control;
    const way = Math.min(1, progress / this.plan.ramp);
    const target = first + (this.plan.bits - first) * way;
    control[0] = Math.max(LEAST_LAMBDA, lambda * (1 + (GAIN * (bits - target)) / target));
    control[2] = bits;
  }

  /** Chooses levels at what they cost, and learns from that what they cost. @returns mean bits */
  #learn(): number {
    let total = 0;
    let elements = 0;
    for (const each of this.#levels) {
      this.#choose(each);
      total += each.chooser.learn(each.table.view());
      elements += each.stored.length;
    }
    return elements > 0 ? total / elements : 0;
  }

  #choose({ stored, chooser, mask, table, levels }: Levels): void {
    chooser.choose(
      this.#of(this.parameters, stored),
      mask.view(),
      table.view(),
      this.#control.view()[0],
      levelsIn(levels),
    );
  }

  /** Fixes levels, as many as the round has: those nearest to their numbers first. @returns whether there was a round */
  #fix(step: number): boolean {
    const { rounds, fixFrom } = this.plan;
    const share = shareFixed(step, this.length.steps, fixFrom, rounds);
    if (share === shareFixed(step - 1, this.length.steps, fixFrom, rounds)) return false;
    for (const each of this.#levels) {
      this.#choose(each);
      const { stored, mask, levels } = each;
      const parameters = this.#of(this.parameters, stored);
      fixNearest(parameters, levelsIn(levels), mask.view(), share, this.store.memory.kernels);
    }
    return true;
  }

  /** What a parameter is multiplied by to be a weight. */
  #units(): readonly { readonly stored: StoredTensor; readonly unit: number }[] {
    return [...this.#levels.map(({ stored, step }) => ({ stored, unit: step })), ...this.#free];
  }

  #weightsOf(stored: StoredTensor): Float32Array {
    return this.#of(this.store.weights, stored);
  }

  #of(region: Region<Float32Array>, { offset, length }: StoredTensor): Float32Array {
    return region.view(offset, offset + length);
  }
}

/** Looked up anew each time: the memory may have grown. */
function levelsIn(region: Region<Uint8Array>): Int16Array {
  const { buffer, byteOffset, length } = region.view();
  return new Int16Array(buffer, byteOffset, length / 2);
}

/** The share that is fixed from `step` on. */
function shareFixed(step: number, steps: number, from: number, rounds: readonly number[]): number {
  const way = (step / steps - from) / (1 - from);
  const round = Math.floor(way * rounds.length);
  return round < 0 ? 0 : rounds[Math.min(round, rounds.length - 1)];
}

function fixNearest(
  numbers: Float32Array,
  levels: Int16Array,
  open: Uint8Array,
  share: number,
  kernels: Kernels,
): void {
  const distances = numbers.map((number, i) => (open[i] === 1 ? Math.abs(number - levels[i]) : -1));
  const sorted = distances.slice();
  kernels.sortFloats(sorted);
  const limit = sorted[Math.ceil(sorted.length * share) - 1];
  for (let i = 0; i < numbers.length; i++) {
    if (open[i] === 0 || distances[i] > limit) continue;
    numbers[i] = levels[i];
    open[i] = 0;
  }
}

function placeOf({ offset, length }: StoredTensor) {
  return { offset, length };
}
