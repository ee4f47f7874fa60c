import cliProgress from 'cli-progress';
import type { Progress } from '../core/index.js';

/** One bar at a time on stderr, with an estimate; a new step replaces it. Silent unless enabled. */
export class ProgressBar {
  enabled = false;
  #bar: cliProgress.SingleBar | null = null;
  #step = '';

  constructor(readonly stream: { write(text: string): unknown }) {}

  readonly update = ({ step, done, total, note }: Progress): void => {
    if (!this.enabled) return;
    if (step !== this.#step) {
      this.stop();
      this.#step = step;
      this.#bar = new cliProgress.SingleBar({
        stream: this.stream as NodeJS.WritableStream,
        format: `  ${step.padEnd(16)} [{bar}] {percentage}%  ETA {eta_formatted}  {note}`,
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
      });
      this.#bar.start(total, done, { note: note ?? '' });
    } else {
      this.#bar?.setTotal(total);
      this.#bar?.update(done, { note: note ?? '' });
    }
  };

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
    this.#step = '';
  }
}
