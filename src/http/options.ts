import type { Logger } from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';

/** What the app works with. */
export interface HttpPorts {
  /** Runs models for `compress`, on one thread if results are to be those of the command line; null: there is none. */
  readonly runtime: Runtime | null;
  /** What went wrong that is our own mistake. */
  readonly logger: Logger;
}

/** What a host allows. Memory is at most a few times `maxConcurrent` · `maxBodyBytes`. */
export interface HttpLimits {
  /** Bytes of a request's body. */
  maxBodyBytes?: number;
  /** Bytes that `decode` may hold of a file at a time: its head, or a chunk of it. */
  maxHeldBytes?: number;
  /** Requests that are worked on at a time; one more gets 503 and `Retry-After`. */
  maxConcurrent?: number;
  /** Seconds that a request may take, the sending of its answer counted in. */
  maxSeconds?: number;
}

export const HTTP_DEFAULTS: Required<HttpLimits> = {
  maxBodyBytes: 64e6,
  maxHeldBytes: 16e6,
  maxConcurrent: 2,
  maxSeconds: 300,
};
