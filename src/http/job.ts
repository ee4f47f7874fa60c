import { WringError } from '../core/index.js';
import type { HttpLimits } from './options.js';

/** A request that is worked on. */
export interface Job {
  /** Aborted when the client goes away, and when its time is over. */
  readonly signal: AbortSignal;
  /** Makes room for another request; to be called when the last byte of the answer is out, or nobody wants it any more. */
  end(): void;
}

/** Lets in as many requests as the limits say, each for as long. */
export class Gate {
  active = 0;

  constructor(readonly limits: Required<HttpLimits>) {}

  /** @throws {WringError} E_BUSY */
  enter(client: AbortSignal): Job {
    const { maxConcurrent, maxSeconds } = this.limits;
    if (this.active >= maxConcurrent) {
      throw new WringError('E_BUSY', `${maxConcurrent} requests are being worked on; ask again later`);
    }
    this.active++;
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, 1000 * maxSeconds);
    client.addEventListener('abort', abort);
    if (client.aborted) abort();
    let ended = false;
    const end = () => {
      if (ended) return;
      ended = true;
      this.active--;
      clearTimeout(timer);
      client.removeEventListener('abort', abort);
    };
    return { signal: controller.signal, end };
  }
}
