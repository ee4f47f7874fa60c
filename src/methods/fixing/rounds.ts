/**
 * When what is fixed. Round t of T comes after a share `before` + (1 − before) · t / (T − 1) of all steps, so the last one ends the
 * training; a single round does, too.
 */
export class Rounds {
  /**
   * @param shares of the weights that are fixed after each round, ascending, the last 1
   * @param steps  of the training
   * @param before share of the training before the first round, 0 ≤ before < 1
   */
  constructor(
    readonly shares: readonly number[],
    readonly steps: number,
    readonly before: number,
  ) {}

  get last(): number {
    return this.shares.length - 1;
  }

  /** Rounds that are over once step `step` begins; the last one is not before the training has ended. */
  over(step: number): number {
    let count = 0;
    while (count < this.last && step >= this.#beginOf(count)) count++;
    return count;
  }

  /** The first step after the latest round, or 0. */
  since(step: number): number {
    const count = this.over(step);
    return count === 0 ? 0 : this.#beginOf(count - 1);
  }

  #beginOf(round: number): number {
    const { steps, before, last } = this;
    return Math.round(steps * (before + ((1 - before) * round) / last));
  }
}
