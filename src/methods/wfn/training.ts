import type { Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
import type {
  ParameterGroup,
  Parametrize,
  TrainingLength,
  WeightParametrization,
  WeightStore,
} from '../../training/index.js';
import { FixedWeights, type FixingRound } from '../fixing/fixed-weights.js';
import { assertInRange } from '../option-checks.js';
import { deltaOfRound, fixWfnRound } from './fix-round.js';
import { resolveWfnOptions, WFN_SCHEDULE, type WfnOptions } from './options.js';
import { SoftAssignment } from './soft-assignment.js';

export interface WfnTrainingOptions extends Omit<WfnOptions, 'variant'> {
  /** γ: the regularizer's share of the loss. 0 – 1000 (default: 0.4). */
  readonly regularizer?: number;
  /** With the defects of the published code: what is fixed is clustered again and moves by decay, see {@link WfnOptions.variant} (default: false). */
  readonly asReleased?: boolean;
}

/** Centroids that are remembered, tried ones included. */
const MOST_CENTROIDS = 16384;

/**
 * WFN with its training: in each round a part of the weights is fixed to shared values, then the rest is trained, drawn
 * towards the values that there are.
 *
 * @param shared the tensors that share one codebook
 * @throws {WringError} E_OPTION
 */
export function wfnTraining(shared: readonly Tensor[], options: WfnTrainingOptions = {}): Parametrize {
  const { regularizer = 0.4, asReleased = false, ...rest } = options;
  const resolved = { ...resolveWfnOptions({ rounds: WFN_SCHEDULE, ...rest }), regularizer, asReleased };
  assertInRange('wfn', 'regularizer', regularizer, 0, 1000);
  const recipe = { method: 'wfn', ...resolved, shared: shared.map(({ name }) => name) };
  return Object.assign(
    (store: WeightStore, length: TrainingLength) => new WfnWeights(store, length, shared, resolved),
    { recipe },
  );
}

class WfnWeights implements WeightParametrization {
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  readonly #fixed: FixedWeights;
  /** How many, then the centroids of the latest round. */
  readonly #centroids: Region<Float32Array>;
  #pull: SoftAssignment | null = null;
  #pullOf = 0;

  constructor(
    readonly store: WeightStore,
    length: TrainingLength,
    shared: readonly Tensor[],
    readonly options: Required<WfnTrainingOptions>,
  ) {
    const { memory, weights } = store;
    this.parameters = memory.floats(weights.length);
    this.parameters.view().set(weights.view());
    this.gradients = store.gradients;
    this.#centroids = memory.floats(MOST_CENTROIDS + 1);
    const tensors = store.parameters.filter(({ source }) => shared.includes(source.tensor));
    const plan = { rounds: options.rounds, before: 0, fix: this.#fix };
    this.#fixed = new FixedWeights(store, length, tensors, plan, false);
    this.groups = this.#fixed.groups(options.asReleased);
    this.state = [...this.#fixed.state, this.#centroids];
  }

  advance(step: number): boolean {
    return this.#fixed.advance(step, this.parameters);
  }

  sample(): void {
    this.store.weights.view().set(this.parameters.view());
  }

  backward(loss: number): void {
    if (this.options.asReleased) this.#fixed.silence(this.gradients);
    this.#regularize(loss);
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

  readonly #fix = (numbers: Float32Array, _: Float32Array, fixed: Uint8Array, round: FixingRound): void => {
    const { delta, zeroThreshold, rounds, asReleased } = this.options;
    const steps = fixWfnRound(numbers, fixed, {
      share: round.share,
      delta: deltaOfRound(delta, round.index, rounds.length),
      zeroThreshold,
      asReleased,
    });
    if (round.trial) return;
    // Those that got no weight stay in the regularizer.
    const centroids = Float32Array.from(new Set(steps.map(({ centroid }) => centroid)));
    const known = this.#centroids.view();
    const before = asReleased ? [] : known.subarray(1, 1 + known[0]);
    const all = Float32Array.from(new Set([...before, ...centroids])).subarray(0, MOST_CENTROIDS);
    known[0] = all.length;
    known.set(all, 1);
  };

  /** loss + α · R with α = γ · loss / R held fast: the regularizer weighs γ of the loss, whatever its size. */
  #regularize(loss: number): void {
    const { regularizer } = this.options;
    const pull = this.#softAssignment();
    if (!pull || regularizer === 0) return;
    const sums = this.#fixed.tensors.map(({ offset, length }, i) => ({
      weights: this.parameters.view(offset, offset + length),
      gradients: this.gradients.view(offset, offset + length),
      open: this.#fixed.masks[i].view(),
    }));
    const total = sums.reduce((sum, { weights, open, gradients }) => sum + pull.add(weights, open, gradients, 0), 0);
    if (!(total > 0)) return;
    // Both means have the same denominator.
    const factor = (regularizer * loss) / total;
    for (const { weights, open, gradients } of sums) pull.add(weights, open, gradients, factor);
  }

  #softAssignment(): SoftAssignment | null {
    const rounds = this.#fixed.roundsOver;
    if (rounds === 0) return null;
    if (this.#pullOf !== rounds) {
      const known = this.#centroids.view();
      this.#pull = new SoftAssignment(known.slice(1, 1 + known[0]), this.options.zeroThreshold);
      this.#pullOf = rounds;
    }
    return this.#pull;
  }
}
