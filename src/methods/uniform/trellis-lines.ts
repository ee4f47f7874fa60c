import { SYMBOLS_CHUNK } from '../../codec/index.js';
import type { ChainCosts, TrellisKernel } from '../../kernels/trellis.js';

/** What numbers cost at each place of a tensor. */
export interface TrellisCosts extends ChainCosts {
  /** u8[elements], rows of the rates. */
  readonly classes: Uint8Array;
}

/** Levels of one tensor that follow a trellis, chosen line by line; each line goes on from the states that the last has left. */
export class TrellisLines {
  /** i16[elements], written by `choose`. */
  readonly levels: Int16Array;
  /** Of each element: the state after it. */
  readonly #after: Uint8Array;

  constructor(
    elementCount: number,
    readonly period: number,
    readonly kernel: TrellisKernel,
    readonly costs: TrellisCosts,
  ) {
    this.levels = new Int16Array(elementCount);
    this.#after = new Uint8Array(elementCount);
  }

  /**
   * Chooses the levels of elements first, first + stride, … together. Elements a period before them must be chosen.
   *
   * @param stride divides the period
   * @param targets f32[elements of the line], in levels
   * @param weight  of their squared errors, against the costs
   */
  choose(first: number, stride: number, targets: Float32Array, weight: number): void {
    const chains = this.period / stride;
    for (let chain = 0; chain < Math.min(chains, targets.length); chain++) {
      const length = Math.ceil((targets.length - chain) / chains);
      let from = 0;
      while (from < length) {
        const start = first + (chain + from * chains) * stride;
        // The coder starts anew in each chunk.
        const chunkStart = start - (start % SYMBOLS_CHUNK);
        const inChunk = Math.ceil((chunkStart + SYMBOLS_CHUNK - start) / this.period);
        const count = Math.min(length - from, inChunk);
        const before = start - this.period;
        this.#chooseChain(
          start,
          Float32Array.from({ length: count }, (_, i) => targets[chain + (from + i) * chains]),
          weight,
          before >= chunkStart ? this.#after[before] : 0,
        );
        from += count;
      }
    }
  }

  #chooseChain(start: number, targets: Float32Array, weight: number, state: number): void {
    const n = targets.length;
    const at = (i: number) => start + i * this.period;
    const classes = Uint8Array.from(targets, (_, i) => this.costs.classes[at(i)]);
    const levels = new Int16Array(n);
    const states = new Uint8Array(n);
    const weights = new Float32Array(n).fill(weight);
    const end = this.kernel.trellisPath(targets, weights, classes, this.costs, state, levels, states);
    for (let i = 0; i < n; i++) {
      this.levels[at(i)] = levels[i];
      this.#after[at(i)] = i + 1 < n ? states[i + 1] : end;
    }
  }
}
