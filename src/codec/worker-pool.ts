import { WringError, type WringErrorCode } from '../core/index.js';
import type { Part } from './part-decoder.js';

/** What the workers are asked, the head first. */
export type WorkerRequest =
  | { readonly kind: 'open'; readonly head: Uint8Array; readonly byteLength: number }
  | { readonly kind: 'decode'; readonly index: number; readonly bytes: Uint8Array };

export type WorkerReply =
  | { readonly kind: 'done'; readonly parts: readonly Part[] }
  | { readonly kind: 'failed'; readonly code: WringErrorCode; readonly message: string };

/** A web worker, as browsers and Deno have it. */
export interface DecodeWorker {
  onmessage: ((event: { readonly data: WorkerReply }) => void) | null;
  onerror: ((event: { readonly message: string }) => void) | null;
  postMessage(request: WorkerRequest, transfer?: ArrayBuffer[]): void;
  terminate(): void;
}

/** Workers that have the same head, each with at most one chunk at a time. */
export class WorkerPool {
  readonly #idle: DecodeWorker[];
  readonly #workers: readonly DecodeWorker[];
  readonly #onPart: (part: Part) => void;
  #failure: WringError | null = null;
  /** Called when a worker has become idle, or all has failed. */
  #wake: () => void = () => {};

  constructor(workers: readonly DecodeWorker[], head: Uint8Array, byteLength: number, onPart: (part: Part) => void) {
    this.#workers = workers;
    this.#idle = [...workers];
    this.#onPart = onPart;
    for (const worker of workers) {
      worker.onmessage = ({ data }) => this.#receive(worker, data);
      worker.onerror = ({ message }) => this.#fail(new WringError('E_UNSUPPORTED', `A worker failed: ${message}`));
      worker.postMessage({ kind: 'open', head, byteLength });
    }
  }

  /** Hands a chunk to the next worker that is free; settles when one has it. @throws {WringError} what a worker threw */
  async decode(index: number, chunk: Uint8Array): Promise<void> {
    await this.#until(() => this.#idle.length > 0);
    const bytes = chunk.slice();
    this.#idle.pop()!.postMessage({ kind: 'decode', index, bytes }, [bytes.buffer]);
  }

  /** Settles when all chunks are decoded. @throws {WringError} what a worker threw */
  finish(): Promise<void> {
    return this.#until(() => this.#idle.length === this.#workers.length);
  }

  terminate(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  #receive(worker: DecodeWorker, reply: WorkerReply): void {
    if (reply.kind === 'failed') {
      this.#fail(new WringError(reply.code, reply.message));
      return;
    }
    for (const part of reply.parts) this.#onPart(part);
    this.#idle.push(worker);
    this.#wake();
  }

  #fail(error: WringError): void {
    this.#failure ??= error;
    this.#wake();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#failure && !condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure;
  }
}
