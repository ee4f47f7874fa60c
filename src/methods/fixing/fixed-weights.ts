import type { Region } from '../../kernels/index.js';
import type { ParameterGroup, StoredTensor, TrainingLength, WeightStore } from '../../training/index.js';
import { Rounds } from './rounds.js';
import { SharedNumbers } from './shared-numbers.js';
import { valueFigures } from './value-figures.js';

/** Fixes numbers in place, up to a share of them. */
export type FixRound = (numbers: Float32Array, spreads: Float32Array, fixed: Uint8Array, round: FixingRound) => void;

export interface FixingRound {
  /** From 0 on. */
  readonly index: number;
  /** Of all numbers. */
  readonly share: number;
  /** A look at what would come of it: nothing is to be remembered. */
  readonly trial: boolean;
}

export interface FixingPlan {
  /** Cumulative shares. */
  readonly rounds: readonly number[];
  /** Share of the training before the first round. */
  readonly before: number;
  readonly fix: FixRound;
}

/**
 * The part of WFN and of PWFN that is the same: which weights share values, which of them are fixed, and when more of them
 * are. Parameters are laid out as the store has weights; spreads, where there are any, lie behind all of them.
 */
export class FixedWeights {
  readonly shared: SharedNumbers;
  /** Of each shared tensor: 0 where a number is fixed. */
  readonly masks: readonly Region<Uint8Array>[];
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  readonly #rounds: Rounds;
  /** The rounds that are over. */
  readonly #over: Region<Float32Array>;

  /**
   * @param spreads whether there are as many parameters again; `free`: those of what is fixed are trained on
   */
  constructor(
    readonly store: WeightStore,
    length: TrainingLength,
    readonly tensors: readonly StoredTensor[],
    readonly plan: FixingPlan,
    readonly spreads: boolean | 'free',
  ) {
    this.shared = new SharedNumbers(tensors);
    this.masks = tensors.map((tensor) => store.memory.bytes(tensor.length));
    for (const mask of this.masks) mask.view().fill(1);
    this.#rounds = new Rounds(plan.rounds, length.steps, plan.before);
    this.#over = store.memory.floats(1);
    this.state = [this.#over, ...this.masks];
  }

  /** The groups of numbers that are trained, and those of their spreads. */
  groups(asReleased: boolean): ParameterGroup[] {
    const count = this.store.weights.length;
    return this.store.parameters.flatMap((stored) => {
      const { offset, length } = stored;
      const at = this.tensors.indexOf(stored);
      // In the released code decay moves what is fixed.
      const mask = at < 0 || asReleased ? null : this.masks[at];
      const decay = asReleased || stored.source.dims.length > 1;
      const numbers: ParameterGroup = { offset, length, decay, rate: 1, mask };
      if (!this.spreads || at < 0) return [numbers];
      const ofSpreads = this.spreads === 'free' ? null : mask;
      return [numbers, { ...numbers, offset: count + offset, decay: asReleased, mask: ofSpreads }];
    });
  }

  /** Takes the rounds that are due before `step`. @returns whether there was one */
  advance(step: number, parameters: Region<Float32Array>): boolean {
    const due = this.#rounds.over(step);
    const over = this.#over.view()[0];
    for (let index = over; index < due; index++) {
      const { numbers, spreads, fixed } = this.#gather(parameters);
      this.plan.fix(numbers, spreads, fixed, { index, share: this.plan.rounds[index], trial: false });
      this.shared.scatter(numbers, parameters);
      if (this.spreads) this.shared.scatter(spreads, parameters, this.store.weights.length);
      this.shared.scatterFlags(fixed.map(not), this.masks);
    }
    this.#over.view()[0] = due;
    return due > over;
  }

  /** The first step after the latest round. */
  since(step: number): number {
    return this.#rounds.since(step);
  }

  get roundsOver(): number {
    return this.#over.view()[0];
  }

  /**
   * What comes of it if all numbers are fixed now, into the weights; what does not share values is taken as it is. By the last
   * round, whichever is next: in earlier ones of WFN numbers may go far, since only those are taken that lie near.
   */
  harden(parameters: Region<Float32Array>): void {
    const { numbers, spreads, fixed } = this.#gather(parameters);
    this.plan.fix(numbers, spreads, fixed, { index: this.#rounds.last, share: 1, trial: true });
    this.store.weights.view().set(parameters.view(0, this.store.weights.length));
    this.shared.scatter(numbers, this.store.weights);
  }

  /** Values and entropy of the weights as they are in the store, and the share of them that is fixed. */
  describe(): Readonly<Record<string, number>> {
    const flags = this.shared.gatherFlags(this.masks);
    const open = flags.reduce((sum, flag) => sum + flag, 0);
    return { ...valueFigures(this.shared.gather(this.store.weights)), fixed: 1 - open / flags.length };
  }

  /** Zeroes the gradients of what is fixed, as the released code does in place of a mask. */
  silence(gradients: Region<Float32Array>): void {
    this.tensors.forEach(({ offset, length }, i) => {
      const mask = this.masks[i].view();
      const own = gradients.view(offset, offset + length);
      for (let k = 0; k < length; k++) if (mask[k] === 0) own[k] = 0;
    });
  }

  #gather(parameters: Region<Float32Array>) {
    return {
      numbers: this.shared.gather(parameters),
      spreads: this.spreads ? this.shared.gather(parameters, this.store.weights.length) : new Float32Array(0),
      fixed: this.shared.gatherFlags(this.masks).map(not),
    };
  }
}

function not(flag: number): number {
  return 1 - flag;
}
