import type { Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
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
import { histogram, isHistogramDue } from '../histogram.js';
import type { RelaxedMethod, ResolvedRelaxedOptions } from './options.js';
import { RelaxedTensor } from './relaxed-tensor.js';

/** What is trained, besides what is trained as it is. */
export interface RelaxedPlan {
  readonly method: RelaxedMethod;
  readonly options: ResolvedRelaxedOptions;
  /** Tensors that get levels, and how many output channels lie one after another in them. */
  readonly weights: ReadonlyMap<Tensor, number>;
  /** Steps and spreads of activation quantizers, and what they begin with: positive numbers. */
  readonly scales: ReadonlyMap<Tensor, number>;
}

/** Steps between two looks at what classes of levels cost. */
const LOOK = 20;
/** What is not quantized moves by this share of its tensor's spread where weights move by all of it. */
const FREE_SHARE = 1 / 8;
/** Histograms over the training. */
const PICTURES = 10;
/** Bins of a histogram, and how many steps it reaches on either side. */
const BINS = 160;
const REACH = 5;
/** Scales of activations stay within these factors of the first. */
const FACTOR = 16;

/** Weights that learn behind a quantizer whose step and spread learn, too; see {@link RelaxedTensor}. */
export function relaxedWeights(plan: RelaxedPlan, onMade: (made: RelaxedWeights) => void): Parametrize {
  const { method, options, weights, scales } = plan;
  const names = (tensors: Iterable<Tensor>) => Array.from(tensors, ({ name }) => name);
  const recipe = { method, ...options, weights: names(weights.keys()), scales: names(scales.keys()) };
  const make = (store: WeightStore, length: TrainingLength) => {
    const made = new RelaxedWeights(store, length, plan);
    onMade(made);
    return made;
  };
  return Object.assign(make, { recipe });
}

export class RelaxedWeights implements WeightParametrization {
  /** The numbers behind the weights, laid out as the store has those; then the own numbers of each tensor. */
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state: readonly Region<Float32Array>[];
  readonly #tensors: readonly RelaxedTensor[];
  readonly #free: readonly StoredTensor[];
  /** Of activations, with the first value. */
  readonly #scales: readonly { readonly stored: StoredTensor; readonly first: number }[];
  readonly #learnsWidths: boolean;
  #step = 0;

  constructor(
    readonly store: WeightStore,
    readonly length: TrainingLength,
    { method, options, weights, scales }: RelaxedPlan,
  ) {
    const { memory, parameters } = store;
    const isQuantized = ({ source }: StoredTensor) => weights.has(source.tensor);
    const isScale = ({ source }: StoredTensor) => scales.has(source.tensor);
    this.#tensors = parameters
      .filter(isQuantized)
      .map((stored, i) => new RelaxedTensor(stored, i, weights.get(stored.source.tensor)!, method, options, memory));
    this.#free = parameters.filter((stored) => !isQuantized(stored) && !isScale(stored));
    this.#scales = parameters.filter(isScale).map((stored) => ({ stored, first: scales.get(stored.source.tensor)! }));
    let count = store.weights.length;
    for (const tensor of this.#tensors) {
      tensor.offset = count;
      count += tensor.ownLength;
    }
    this.parameters = memory.floats(count);
    this.gradients = memory.floats(count);
    this.parameters.view(0, store.weights.length).set(store.weights.view());
    for (const { stored, first } of this.#scales) this.#of(this.parameters, stored)[0] = first;
    for (const tensor of this.#tensors) tensor.start(this.#own(this.parameters, tensor));
    this.groups = this.#groups(options);
    this.state = this.#tensors.map(({ prices }) => prices);
    this.#learnsWidths = options.widths !== 'fixed';
    if (this.#learnsWidths) this.#look();
  }

  sample(step: number): void {
    this.#step = step;
    this.#limit();
    if (step % LOOK === 0 && this.#learnsWidths) this.#look();
    this.#copyUnquantized();
    for (const tensor of this.#tensors) {
      const numbers = this.#of(this.parameters, tensor.stored);
      tensor.sample(numbers, this.#own(this.parameters, tensor), step, this.#of(this.store.weights, tensor.stored));
    }
  }

  backward(): void {
    const weights = this.store.weights.length;
    this.gradients.view(0, weights).set(this.store.gradients.view());
    for (const tensor of this.#tensors) {
      tensor.backward(
        this.#of(this.store.gradients, tensor.stored),
        this.#of(this.gradients, tensor.stored),
        this.#own(this.parameters, tensor),
        this.#own(this.gradients, tensor),
      );
    }
  }

  harden(): void {
    this.#limit();
    this.#copyUnquantized();
    for (const tensor of this.#tensors) {
      const own = this.#own(this.parameters, tensor);
      tensor.harden(this.#of(this.parameters, tensor.stored), own, this.#of(this.store.weights, tensor.stored));
    }
  }

  /** Values and entropy of the levels in steps; the mean bits of their grids. */
  describe(): Readonly<Record<string, number>> {
    const shared = new SharedNumbers(this.#tensors.map(({ stored }) => stored));
    const elements = this.#tensors.reduce((sum, { stored }) => sum + stored.length, 0);
    const widths = this.#tensors.reduce((sum, tensor) => sum + tensor.widthSum(this.#own(this.parameters, tensor)), 0);
    return { ...valueFigures(shared.gather(this.store.weights)), width: widths / elements };
  }

  /** Of the numbers behind the weights, in steps, tensor by tensor; a picture for each part of the training. */
  histograms(): Readonly<Record<string, readonly number[]>> | null {
    if (!isHistogramDue(this.#step, this.length, PICTURES)) return null;
    return Object.fromEntries(
      this.#tensors.map((tensor) => {
        const numbers = this.#of(this.parameters, tensor.stored);
        return [
          tensor.stored.source.tensor.name,
          histogram(numbers, tensor.steps(this.#own(this.parameters, tensor))[0], BINS, REACH),
        ];
      }),
    );
  }

  /** Of each tensor as `harden` has left its weights: one, or one of each output channel. */
  steps(): Map<Tensor, Float32Array> {
    return new Map(
      this.#tensors.map((tensor) => [tensor.stored.source.tensor, tensor.steps(this.#own(this.parameters, tensor))]),
    );
  }

  #groups({ scaleRate, maskRate }: ResolvedRelaxedOptions): ParameterGroup[] {
    const group = (offset: number, length: number, rate: number) => ({
      offset,
      length,
      decay: false,
      rate,
      mask: null,
    });
    const weights = this.#tensors.flatMap(({ stored, offset, ownLength, firstStep }) => [
      group(stored.offset, stored.length, this.#spreadOf(stored)),
      group(offset, 2, scaleRate * firstStep),
      group(offset + 2, ownLength - 2, maskRate),
    ]);
    const free = this.#free.map((stored) => group(stored.offset, stored.length, FREE_SHARE * this.#spreadOf(stored)));
    const scales = this.#scales.map(({ stored, first }) => group(stored.offset, stored.length, scaleRate * first));
    return [...weights, ...free, ...scales].filter(({ length }) => length > 0);
  }

  #spreadOf(stored: StoredTensor): number {
    return standardDeviation(this.#of(this.store.weights, stored)) || 1;
  }

  #look(): void {
    const elements = this.#tensors.reduce((sum, { stored }) => sum + stored.length, 0);
    for (const tensor of this.#tensors) {
      tensor.setPrices(this.#of(this.parameters, tensor.stored), this.#own(this.parameters, tensor), elements);
    }
  }

  #limit(): void {
    for (const tensor of this.#tensors) tensor.limit(this.#own(this.parameters, tensor));
    for (const { stored, first } of this.#scales) {
      const own = this.#of(this.parameters, stored);
      own[0] = Math.max(first / FACTOR, Math.min(first * FACTOR, own[0]));
    }
  }

  #copyUnquantized(): void {
    for (const stored of [...this.#free, ...this.#scales.map((scale) => scale.stored)]) {
      this.#of(this.store.weights, stored).set(this.#of(this.parameters, stored));
    }
  }

  #own(region: Region<Float32Array>, { offset, ownLength }: RelaxedTensor): Float32Array {
    return region.view(offset, offset + ownLength);
  }

  #of(region: Region<Float32Array>, { offset, length }: StoredTensor): Float32Array {
    return region.view(offset, offset + length);
  }
}
