import type { Document } from './document.js';
import { WringError } from './error.js';
import type { Logger, Progress } from './logger.js';

/** What a transform may use besides the document. */
export interface TransformContext {
  readonly logger: Logger;
  readonly onProgress: (progress: Progress) => void;
  /** Aborted at Ctrl-C. A long transform checks it between steps and throws E_INTERRUPTED. */
  readonly signal?: AbortSignal;
}

/** Changes a document in place. Every operation of wring is a factory that returns one. */
export type Transform = (document: Document, context: TransformContext) => Promise<void> | void;

/**
 * Between the steps of a long piece of work.
 *
 * @param doing what was stopped, after "Interrupted while"
 * @throws {WringError} E_INTERRUPTED once `signal` is aborted
 */
export function stopIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw new WringError('E_INTERRUPTED', `Interrupted while ${doing}`);
}

/** Between two turns of the host; what waits longer (a request, a click) is felt. */
const TURN_MS = 20;
let lastTurn = 0;

/**
 * {@link stopIfAborted}, after the host has had its turn if that is due: while this thread computes, nothing can abort a
 * signal.
 *
 * @throws {WringError} E_INTERRUPTED once `signal` is aborted
 */
export async function breathe(signal: AbortSignal | undefined, doing: string): Promise<void> {
  if (signal && Date.now() - lastTurn >= TURN_MS) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    lastTurn = Date.now();
  }
  stopIfAborted(signal, doing);
}
