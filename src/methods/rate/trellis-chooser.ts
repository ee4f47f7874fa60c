import { periodOf, SYMBOLS_CHUNK } from '../../codec/index.js';
import type { TrellisKernel } from '../../kernels/index.js';
import { bitsOfLevels } from './level-bits.js';
import type { LevelChooser } from './level-chooser.js';

/** Numbers that levels are told by, see kernels/trellis.ts. */
const NUMBERS = { min: -32, size: 64 } as const;
const MOST_NUMBER = 32;
/** Largest target, in levels. */
const MOST_TARGET = 60;
/** Chains go side by side: element i is followed by element i + PERIOD. */
const PERIOD = periodOf(1);
/** Numbers that a chain needs to gain anything. */
const LEAST_CHAIN = 16;

/** Whether a tensor is long enough. */
export function suitsTrellis(elementCount: number): boolean {
  return elementCount >= LEAST_CHAIN * PERIOD;
}

/** Levels follow a trellis, found by Viterbi's search: nearer to their numbers at as many bits, and never alone. */
export class TrellisChooser implements LevelChooser {
  readonly alone = false;
  readonly mostLevel = MOST_TARGET;
  /** Two numbers of one bank are two levels apart. */
  readonly levelsPerUnit = 2;
  /** Coarse steps: see `trellisStep` of uniform. */
  readonly unitOfStep = 1.4;
  /** Magnitudes of numbers in bank 0, then in bank 1. */
  readonly tableLength = 2 * (MOST_NUMBER + 1);
  readonly #counts = [new Uint32Array(MOST_NUMBER + 1), new Uint32Array(MOST_NUMBER + 1)] as const;
  readonly #rates = new Float32Array(2 * NUMBERS.size);
  readonly #targets: Float32Array;
  readonly #weights: Float32Array;
  readonly #classes: Uint8Array;
  readonly #levels: Int16Array;
  readonly #states: Uint8Array;

  constructor(
    elementCount: number,
    readonly kernel: TrellisKernel,
    readonly loyalty: number,
  ) {
    const most = Math.ceil(Math.min(elementCount, SYMBOLS_CHUNK) / PERIOD);
    this.#targets = new Float32Array(most);
    this.#weights = new Float32Array(most).fill(1);
    this.#classes = new Uint8Array(most);
    this.#levels = new Int16Array(most);
    this.#states = new Uint8Array(most);
  }

  choose(numbers: Float32Array, open: Uint8Array, table: Float32Array, lambda: number, levels: Int16Array): void {
    if (open[0] === 0) {
      for (let i = 0; i < levels.length; i++) levels[i] = Math.round(2 * numbers[i]);
      return;
    }
    this.#price(table, lambda);
    for (const counts of this.#counts) counts.fill(0);
    for (let start = 0; start < numbers.length; start += SYMBOLS_CHUNK) {
      const end = Math.min(numbers.length, start + SYMBOLS_CHUNK);
      for (let chain = 0; chain < PERIOD; chain++) this.#chooseChain(numbers, start + chain, end, levels);
    }
  }

  learn(table: Float32Array): number {
    const half = table.length / 2;
    return this.#counts.reduce((sum, counts, bank) => {
      return sum + bitsOfLevels(counts, table.subarray(bank * half, (bank + 1) * half));
    }, 0);
  }

  #chooseChain(numbers: Float32Array, start: number, end: number, levels: Int16Array): void {
    const n = Math.ceil((end - start) / PERIOD);
    const targets = this.#targets.subarray(0, n);
    const own = this.#levels.subarray(0, n);
    const states = this.#states.subarray(0, n);
    for (let i = 0, at = start; i < n; i++, at += PERIOD) {
      const target = 2 * numbers[at] + this.loyalty * (levels[at] - 2 * numbers[at]);
      targets[i] = Math.max(-MOST_TARGET, Math.min(MOST_TARGET, target));
    }
    const costs = { ...NUMBERS, rates: this.#rates };
    this.kernel.trellisPath(targets, this.#weights.subarray(0, n), this.#classes.subarray(0, n), costs, 0, own, states);
    const [even, odd] = this.#counts;
    for (let i = 0, at = start; i < n; i++, at += PERIOD) {
      levels[at] = own[i];
      const size = Math.abs(own[i]);
      if (states[i] & 1) odd[(size + 1) >> 1]++;
      else even[size >> 1]++;
    }
  }

  /** In squared levels: four to the squared unit; of the error, loyalty leaves a share. */
  #price(table: Float32Array, lambda: number): void {
    for (let bank = 0; bank < 2; bank++) {
      for (let j = 0; j < NUMBERS.size; j++) {
        const size = Math.abs(NUMBERS.min + j);
        this.#rates[bank * NUMBERS.size + j] = 4 * lambda * (1 - this.loyalty) * table[bank * (MOST_NUMBER + 1) + size];
      }
    }
  }
}
