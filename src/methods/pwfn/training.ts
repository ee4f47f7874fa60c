import type { Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
import { pwfnPrior } from '../../posterior/pwfn-prior.js';
import {
  noiseSeed,
  type ParameterGroup,
  type Parametrize,
  type StoredTensor,
  type TrainingLength,
  type WeightParametrization,
  type WeightStore,
} from '../../training/index.js';
import { FixedWeights, type FixingRound } from '../fixing/fixed-weights.js';
import { assertInRange, assertInteger, assertOneOf } from '../option-checks.js';
import { deltaOfRound, fixPwfnRound } from './fix-round.js';
import { PWFN_SCHEDULE, type PwfnOptions, resolvePwfnOptions, SIGMA_JOINS, type SigmaJoin } from './options.js';

export interface PwfnTrainingOptions extends Omit<PwfnOptions, 'variant'> {
  /** λ: how hard σ is drawn up to {@link spreadLimit}. 0 – 1000 (default: 2^-11). */
  readonly regularizer?: number;
  /** S. 0 – 1000 (default: 0.05). */
  readonly spreadLimit?: number;
  /** Factor of the σ that training begins with. 0 – 1000 (default: 1, the prior's). */
  readonly spreadScale?: number;
  /** The σ that fixed weights go on with (default: std-mu). */
  readonly join?: SigmaJoin;
  /** Of the noise, a u32 (default: 0). */
  readonly seed?: number;
  /** With the defects of the published code: what is fixed is clustered again, drifts by decay, its σ grows (default: false). */
  readonly asReleased?: boolean;
}

/** Of a round's training: what there is before the first one, 5 % of one epoch where a round has three. */
const BEFORE = 0.05 / 27.05;

/**
 * PWFN with its training: weights are drawn around their mean in every step, spreads are trained and grow, and in each
 * round a part of the means is fixed to shared values within reach.
 *
 * @param shared the tensors that share one codebook
 * @throws {WringError} E_OPTION
 */
export function pwfnTraining(shared: readonly Tensor[], options: PwfnTrainingOptions = {}): Parametrize {
  const {
    regularizer = 1 / 2048,
    spreadLimit = 0.05,
    spreadScale = 1,
    join = 'std-mu',
    seed = 0,
    asReleased = false,
    ...rest
  } = options;
  const clustering = resolvePwfnOptions({ rounds: PWFN_SCHEDULE, ...rest });
  const resolved = { ...clustering, regularizer, spreadLimit, spreadScale, join, seed, asReleased };
  for (const [name, value] of Object.entries({ regularizer, spreadLimit, spreadScale })) {
    assertInRange('pwfn', name, value, 0, 1000);
  }
  assertOneOf('pwfn', 'join', join, SIGMA_JOINS);
  assertInteger('pwfn', 'seed', seed, 0, 2 ** 32 - 1);
  const recipe = { method: 'pwfn', ...resolved, shared: shared.map(({ name }) => name) };
  return Object.assign(
    (store: WeightStore, length: TrainingLength) => new PwfnWeights(store, length, shared, resolved),
    { recipe },
  );
}

class PwfnWeights implements WeightParametrization {
  /** Means, then spreads. */
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  readonly #fixed: FixedWeights;
  /** ε of this step, laid out as the weights. */
  readonly #noises: Region<Float32Array>;
  readonly #count: number;

  constructor(
    readonly store: WeightStore,
    length: TrainingLength,
    shared: readonly Tensor[],
    readonly options: Required<PwfnTrainingOptions>,
  ) {
    const { memory, weights } = store;
    this.#count = weights.length;
    this.parameters = memory.floats(2 * this.#count);
    this.gradients = memory.floats(2 * this.#count);
    this.#noises = memory.floats(this.#count);
    this.parameters.view().set(weights.view());
    const tensors = store.parameters.filter(({ source }) => shared.includes(source.tensor));
    for (const tensor of tensors) this.#startSpreads(tensor);
    const { rounds, asReleased, join } = options;
    const plan = { rounds, before: BEFORE, fix: this.#fix };
    this.#fixed = new FixedWeights(store, length, tensors, plan, join === 'retrain' ? 'free' : true);
    this.groups = this.#fixed.groups(asReleased);
    this.state = this.#fixed.state;
  }

  advance(step: number): boolean {
    return this.#fixed.advance(step, this.parameters);
  }

  sample(step: number): void {
    const { weights, memory } = this.store;
    weights.view().set(this.parameters.view(0, this.#count));
    this.#fixed.tensors.forEach((tensor, i) => {
      const seed = noiseSeed(this.options.seed, step, i);
      const [means, spreads] = [this.#of(this.parameters, tensor), this.#of(this.parameters, tensor, this.#count)];
      memory.kernels.perturb(means, spreads, seed, this.#of(this.#noises, tensor), this.#of(weights, tensor));
    });
  }

  backward(): void {
    const { gradients, memory } = this.store;
    this.gradients.view(0, this.#count).set(gradients.view());
    const { regularizer, spreadLimit, asReleased } = this.options;
    // There the pull on spreads is added after gradients of what is fixed are zeroed, and goes on.
    if (asReleased) this.#fixed.silence(this.gradients);
    for (const tensor of this.#fixed.tensors) {
      // Biases are not drawn up.
      const pull = tensor.source.dims.length > 1 ? regularizer : 0;
      memory.kernels.spreadGradients(
        this.#of(this.gradients, tensor),
        this.#of(this.parameters, tensor, this.#count),
        this.#of(this.#noises, tensor),
        pull,
        spreadLimit,
        this.#of(this.gradients, tensor, this.#count),
      );
    }
  }

  harden(): void {
    this.#fixed.harden(this.parameters);
  }

  describe(): Readonly<Record<string, number>> {
    return this.#fixed.describe();
  }

  optimizerSince(step: number): number {
    return this.#fixed.since(step);
  }

  readonly #fix = (means: Float32Array, spreads: Float32Array, fixed: Uint8Array, round: FixingRound): void => {
    const { rounds, asReleased } = this.options;
    fixPwfnRound(means, spreads, fixed, {
      ...this.options,
      kernels: this.store.memory.kernels,
      share: round.share,
      delta: deltaOfRound(this.options, round.index, rounds.length),
      asReleased,
    });
  };

  #startSpreads(tensor: StoredTensor): void {
    const prior = pwfnPrior(this.#of(this.parameters, tensor).slice(), this.store.memory.kernels);
    const { spreadScale } = this.options;
    this.#of(this.parameters, tensor, this.#count).set(prior.map((spread) => spread * spreadScale));
  }

  #of(region: Region<Float32Array>, { offset, length }: StoredTensor, base = 0): Float32Array {
    return region.view(base + offset, base + offset + length);
  }
}
