import { WringError } from '../core/index.js';
import type { Region } from '../kernels/index.js';
import { type CheckpointStore, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { Optimizer } from './optimizers/optimizer.js';
import { isBetter, type Score } from './validate.js';
import type { WeightParametrization } from './weight-parametrization.js';
import { part, type WeightStore } from './weight-store.js';

export interface EpochReport {
  /** From 1 on; 0 is the model as it came. */
  readonly epoch: number;
  /** Mean over the steps of the epoch, each before its update; null for epoch 0. */
  readonly loss: number | null;
  /** null without validation. */
  readonly score: Score | null;
  /** What the parametrization says of the weights, if anything. */
  readonly figures?: Readonly<Record<string, number>>;
  /** What the parametrization counts for a picture, now and then. */
  readonly histograms?: Readonly<Record<string, readonly number[]>>;
}

/** What a round of a {@link WeightParametrization} has left, everything hardened on trial. */
export interface RoundReport extends Pick<EpochReport, 'score' | 'figures'> {
  /** From 1 on. */
  readonly round: number;
  /** Steps before it. */
  readonly step: number;
}

/** What JSON says of the state; the arrays are beside it. */
interface Header {
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly step: number;
  readonly lossSum: number;
  readonly epochs: readonly EpochReport[];
  readonly rounds: readonly RoundReport[];
  readonly best: EpochReport | null;
}

export interface Best {
  readonly epoch: EpochReport;
  /** Weights and running statistics, as {@link WeightStore.inputs} has them. */
  readonly inputs: Float32Array;
}

/** How far a training is, on disk and off it. */
export class TrainingState {
  /** Steps taken. */
  step = 0;
  epochs: EpochReport[] = [];
  rounds: RoundReport[] = [];
  best: Best | null = null;
  /** Of the last steps, for people: a mean that forgets a twentieth a step. */
  recentLoss = 0;
  /** Of the steps of this epoch so far. */
  #lossSum = 0;
  readonly #arrays: readonly (Region<Float32Array> | Region<Uint8Array>)[];

  constructor(
    readonly recipe: Readonly<Record<string, unknown>>,
    readonly store: WeightStore,
    weights: WeightParametrization,
    optimizer: Optimizer,
    readonly checkpoint: CheckpointStore | null,
    readonly keepBest: boolean,
  ) {
    const { inputs } = store;
    const start = store.weights.length;
    const statistics = part(inputs, start, inputs.length - start);
    this.#arrays = [weights.parameters, statistics, ...weights.state, ...optimizer.state];
  }

  /** Lets the weights as they came take part, under epoch 0. */
  enterStart(score: Score | null): void {
    if (score) this.best = { epoch: { epoch: 0, loss: null, score }, inputs: this.store.inputs.view().slice() };
  }

  /** Counts a step. */
  add(loss: number): void {
    this.step++;
    this.#lossSum += loss;
    this.recentLoss += (loss - this.recentLoss) / Math.min(this.step, 20);
  }

  /**
   * Ends an epoch of `steps` steps; the weights that are there now are kept when their score is the best. Of equal epochs the
   * last wins, since the rate has gone down meanwhile; the model as it came has to be beaten.
   */
  endEpoch(steps: number, score: Score | null, told: Pick<EpochReport, 'figures' | 'histograms'> = {}): void {
    const epoch: EpochReport = { epoch: this.epochs.length + 1, loss: this.#lossSum / steps, score, ...told };
    this.epochs.push(epoch);
    this.#lossSum = 0;
    const before = this.best?.epoch;
    const wins =
      score && (!before || isBetter(score, before.score!) || (before.epoch > 0 && !isBetter(before.score!, score)));
    if (this.keepBest && wins) {
      this.best = { epoch, inputs: this.store.inputs.view().slice() };
    }
  }

  endRound(score: Score | null, figures: EpochReport['figures']): void {
    this.rounds.push({ round: this.rounds.length + 1, step: this.step, score, ...(figures ? { figures } : {}) });
  }

  /** @throws {WringError} E_IO */
  async save(): Promise<void> {
    const { recipe, step, epochs, rounds, best } = this;
    const header: Header = { recipe, step, lossSum: this.#lossSum, epochs, rounds, best: best?.epoch ?? null };
    const arrays = this.#arrays.map((region) => region.view());
    await this.checkpoint?.save(encodeCheckpoint({ header, arrays: best ? [...arrays, best.inputs] : arrays }));
  }

  /**
   * Goes on where a checkpoint says, if there is one.
   *
   * @throws {WringError} E_OPTION when it is that of another training, E_CORRUPT, E_IO
   */
  async restore(): Promise<void> {
    const bytes = await this.checkpoint?.load();
    if (!this.checkpoint || !bytes) return;
    const { header, arrays } = decodeCheckpoint(bytes, this.checkpoint.name);
    const { recipe, step, lossSum, epochs, rounds, best } = header as Header;
    this.#assertSame(recipe, this.checkpoint.name);
    this.#arrays.forEach((region, i) => {
      region.view().set(arrays[i]);
    });
    this.step = step;
    this.#lossSum = lossSum;
    this.recentLoss = epochs.at(-1)?.loss ?? lossSum / Math.max(1, step);
    this.epochs = [...epochs];
    this.rounds = [...rounds];
    this.best = best && { epoch: best, inputs: arrays[this.#arrays.length] as Float32Array };
  }

  #assertSame(recipe: Readonly<Record<string, unknown>>, name: string): void {
    for (const key of new Set([...Object.keys(this.recipe), ...Object.keys(recipe)])) {
      const [now, then] = [this.recipe, recipe].map((side) => JSON.stringify(side[key]));
      if (now === then) continue;
      throw new WringError(
        'E_OPTION',
        `"${name}" is of a training with ${key} ${then}, not ${now}; begin it with the same options, or remove the file`,
      );
    }
  }
}
