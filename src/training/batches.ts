import { Random, WringError } from '../core/index.js';

/** Streams of the seed of a training, see `Random.fork`. */
export const STREAM = { SHUFFLE: 0, AUGMENTATION: 1, SPLIT: 2, WEIGHTS: 3, PARAMETRIZATION: 4, NOISE: 5 } as const;

/** The seed of what a parametrization draws in a step, for one of its tensors: a u32. */
export function noiseSeed(seed: number, step: number, tensor: number): number {
  return new Random(seed).fork(STREAM.PARAMETRIZATION).fork(step).fork(tensor).seed;
}

/**
 * Which samples a step takes: all of them once an epoch, in an order that the seed and the epoch decide. A batch is whole
 * shards; the samples that are left at the end of an epoch wait for the next.
 */
export class Batches {
  /** Samples of a batch. */
  readonly size: number;
  readonly stepsPerEpoch: number;
  #epoch = -1;
  #order: Uint32Array;

  /**
   * @param samples indices into the data set
   * @param size    of a batch, rounded up to whole shards, or down where there are no more samples
   * @param shard   samples of a run, at most all
   */
  constructor(
    readonly samples: Uint32Array,
    size: number,
    shard: number,
    readonly seed: number,
  ) {
    this.size = Math.min(Math.ceil(size / shard), Math.floor(samples.length / shard)) * shard;
    this.stepsPerEpoch = Math.floor(samples.length / this.size);
    this.#order = samples;
  }

  /** The samples of a step, counted from 0 over all epochs. */
  at(step: number): Uint32Array {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = new Random(this.seed).fork(STREAM.SHUFFLE).fork(epoch).shuffle(this.samples.slice());
    }
    const start = (step - epoch * this.stepsPerEpoch) * this.size;
    return this.#order.slice(start, start + this.size);
  }
}

export interface Split {
  /** Indices into the data set, ascending. */
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Cuts samples for validation out of the training data.
 *
 * @param share of the samples, 0 ≤ share < 1, rounded down
 * @throws {WringError} E_OPTION when nothing is left to train on
 */
export function splitSamples(length: number, share: number, seed: number): Split {
  const all = Uint32Array.from({ length }, (_, i) => i);
  const count = Math.floor(length * share);
  if (length - count < 1) throw new WringError('E_OPTION', `Of ${length} samples none is left to train on`);
  const shuffled = new Random(seed).fork(STREAM.SPLIT).shuffle(all);
  return { training: shuffled.slice(count).sort(), validation: shuffled.slice(0, count).sort() };
}
