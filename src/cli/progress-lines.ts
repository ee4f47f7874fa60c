import type { Progress } from '../core/index.js';
import { duration } from './format.js';

/** Between two lines, ms. */
const INTERVAL = 30_000;

/** For a log: a line now and then, with an estimate of what is left of the step. Silent unless enabled. */
export class ProgressLines {
  enabled = false;
  #printed: number;
  #step = '';
  #done = 0;
  /** Where this step was seen first. */
  #from = { time: 0, done: 0 };

  /** @param now ms, from any beginning */
  constructor(
    readonly stream: { write(text: string): unknown },
    readonly now: () => number,
  ) {
    this.#printed = now();
  }

  readonly update = ({ step, done, total, note }: Progress): void => {
    if (!this.enabled) return;
    const time = this.now();
    if (step !== this.#step || done < this.#done) this.#from = { time, done };
    this.#step = step;
    this.#done = done;
    if (time - this.#printed < INTERVAL) return;
    this.#printed = time;
    const parts = [`${step} ${done} of ${total}`];
    const since = done - this.#from.done;
    const left = ((total - done) * (time - this.#from.time)) / since;
    if (since > 0 && done < total) parts.push(`about ${duration(left / 1000)} left`);
    if (note) parts.push(note);
    this.stream.write(`  ${parts.join('  ')}\n`);
  };

  /** There is nothing to clear away. */
  stop(): void {}
}
