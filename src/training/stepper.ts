import { Random, WringError } from '../core/index.js';
import { toNumbers } from '../data/typed-array.js';
import type { Feeds, ParallelResult, ParallelSession } from '../runtime/parallel.js';
import { type Batches, STREAM } from './batches.js';
import { drawNoise, type NoiseInput } from './noise-inputs.js';
import type { Optimizer } from './optimizers/optimizer.js';
import type { ResolvedTrainOptions } from './options.js';
import type { SampleFeeds } from './sample-feeds.js';
import { rateAt } from './schedule.js';
import type { Teacher } from './teacher.js';
import type { WeightParametrization } from './weight-parametrization.js';
import type { WeightStore } from './weight-store.js';

export interface StepperParts {
  readonly options: ResolvedTrainOptions;
  readonly store: WeightStore;
  readonly weights: WeightParametrization;
  readonly optimizer: Optimizer;
  readonly session: ParallelSession;
  readonly samples: SampleFeeds;
  readonly noise: readonly NoiseInput[];
  readonly teacher: Teacher | null;
  readonly batches: Batches;
  /** Samples of a run. */
  readonly shard: number;
  /** Steps of the whole training. */
  readonly total: number;
}

/** Takes step after step. While the runs of one go on, the samples of the next are made. */
export class Stepper {
  #next: { readonly step: number; readonly feeds: Promise<Feeds[]> } | null = null;

  constructor(readonly parts: StepperParts) {}

  /**
   * @param step from 0 on, over all epochs
   * @returns the loss of the batch, before the step
   * @throws {WringError} E_NOT_FINITE, with all parameters as they were before the step
   */
  async step(step: number): Promise<number> {
    const { session, store, weights } = this.parts;
    const feeds = await (this.#next?.step === step ? this.#next.feeds : this.#prepare(step));
    weights.sample(step);
    const running = session.run(() => store.inputs.view(), feeds);
    this.#prepareAhead(step + 1);
    const loss = this.#gather(feeds, await running);
    this.#update(step, loss);
    return loss;
  }

  /** Waits for what was begun ahead. */
  async stop(): Promise<void> {
    await this.#next?.feeds.catch(() => {});
  }

  #prepareAhead(step: number): void {
    this.#next = null;
    if (step === this.parts.total) return;
    const feeds = this.#prepare(step);
    // Whoever takes the step learns of the error.
    feeds.catch(() => {});
    this.#next = { step, feeds };
  }

  /** The samples and the noise of a step, cut into shards; their randomness depends on seed and step alone. */
  async #prepare(step: number): Promise<Feeds[]> {
    const { batches, samples, noise, shard, teacher, options, store } = this.parts;
    const indices = batches.at(step);
    const random = new Random(options.seed).fork(STREAM.AUGMENTATION).fork(step);
    const feeds: Feeds[] = [];
    for (let start = 0; start < indices.length; start += shard) {
      const own = indices.subarray(start, start + shard);
      const place = { seed: options.seed, step, shard: feeds.length };
      feeds.push({
        ...samples.make(own, random),
        ...drawNoise(noise, own.length, place, store.memory.kernels),
      });
    }
    return teacher ? teacher.teach(feeds) : feeds;
  }

  /** Means over the batch, of gradients and statistics into the store, and of the loss. */
  #gather(feeds: readonly Feeds[], results: readonly ParallelResult[]): number {
    const { store, samples } = this.parts;
    const counts = feeds.map((feed) => feed[samples.inputName].dims[0]);
    const count = counts.reduce((a, b) => a + b);
    const shares = counts.map((part) => part / count);
    store.memory.kernels.sumScaled(
      results.map(({ gathered }) => gathered),
      shares,
      store.sums.view(),
    );
    return results.reduce((sum, { others }, i) => sum + shares[i] * Number(others[store.graph.loss].data[0]), 0);
  }

  #update(step: number, loss: number): void {
    const { options, store, weights, optimizer, total } = this.parts;
    const rate = options.learningRate * rateAt(options.schedule, step, total);
    const { kernels } = store.memory;
    if (!Number.isFinite(loss) || !Number.isFinite(kernels.sumSquares(store.sums.view()))) {
      const what = Number.isFinite(loss) ? 'a gradient is not finite' : `the loss is ${loss}`;
      throw new WringError('E_NOT_FINITE', `Step ${step + 1}: ${what}; ${this.#wayOut(step, rate)}`);
    }
    weights.backward(loss);
    const norm = Math.sqrt(kernels.sumSquares(weights.gradients.view()));
    if (!Number.isFinite(norm)) {
      throw new WringError('E_NOT_FINITE', `Step ${step + 1}: the gradient of a parameter is not finite`);
    }
    store.keepStatistics();
    const scale = options.clip !== null && norm > options.clip ? options.clip / norm : 1;
    const since = weights.optimizerSince?.(step) ?? 0;
    if (since === step) for (const region of optimizer.state) region.view().fill(0);
    optimizer.step(step + 1 - since, rate, scale);
  }

  /** What may be the matter where a step leads to no numbers. */
  #wayOut(step: number, rate: number): string {
    const { batches, samples } = this.parts;
    const { dataset } = samples;
    const odd = batches
      .at(step)
      .find((index) => !Array.from(toNumbers(dataset.batch(index, 1))).every(Number.isFinite));
    if (odd !== undefined) return `sample ${odd} of "${dataset.name}" holds NaN or infinity; repair the data`;
    if (step > 0) return `lower the learning rate (here ${rate.toPrecision(3)}) or clip the gradients`;
    return 'no weight has changed yet, so the model is what overflows, or its teacher; scale the samples, or repair it';
  }
}
