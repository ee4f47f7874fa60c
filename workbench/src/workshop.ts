import type { ChoiceOptions } from '../../src/pipeline/compress.js';
import type { Answer, Compressed, Histogram, Letter, OpenedModel, Reply, Request } from './messages.js';

/** Milliseconds in which a cancel is heard, or the worker is ended and the model opened in a new one. */
const PATIENCE = 1500;

export interface Step {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

interface Pending {
  readonly id: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The worker, as the page sees it. One thing is done at a time. */
export class Workshop {
  onProgress: (step: Step) => void = () => {};
  #worker = this.#startWorker();
  #model: Request | null = null;
  #pending: Pending | null = null;
  #letters = 0;
  /** Settles when the worker has nothing to do. */
  #queue: Promise<unknown> = Promise.resolve();

  open(name: string, bytes: Uint8Array): Promise<OpenedModel> {
    this.#model = { kind: 'open', name, bytes };
    return this.#ask(this.#model);
  }

  compress(options: ChoiceOptions): Promise<Compressed> {
    return this.#ask({ kind: 'compress', options });
  }

  histogram(name: string): Promise<Histogram> {
    return this.#ask({ kind: 'histogram', name });
  }

  onnx(): Promise<Uint8Array> {
    return this.#ask({ kind: 'onnx' });
  }

  /** What is being done fails with E_INTERRUPTED. */
  async cancel(): Promise<void> {
    const stopped = this.#pending;
    if (!stopped) return;
    this.#post({ kind: 'cancel' });
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    if (this.#pending !== stopped) return;
    this.#worker.terminate();
    this.#worker = this.#startWorker();
    // Before anything else that waits; nobody waits for this answer.
    if (this.#model) this.#post(this.#model);
    this.#settle(stopped, { kind: 'failed', code: 'E_INTERRUPTED', message: 'Interrupted' });
  }

  #ask<T>(request: Request): Promise<T> {
    const answer = this.#queue.then(
      () =>
        new Promise<T>((resolve, reject) => {
          this.#pending = { id: this.#post(request), resolve: resolve as Pending['resolve'], reject };
        }),
    );
    this.#queue = answer.catch(() => {});
    return answer;
  }

  #post(request: Request): number {
    const id = ++this.#letters;
    this.#worker.postMessage({ id, request } satisfies Letter);
    return id;
  }

  #settle(pending: Pending, reply: Reply): void {
    if (reply.kind === 'progress') {
      this.onProgress(reply);
      return;
    }
    this.#pending = null;
    if (reply.kind === 'done') pending.resolve(reply.value);
    else pending.reject(Object.assign(new Error(reply.message), { code: reply.code }));
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: { data: Answer }) => {
      if (this.#pending?.id === data.id) this.#settle(this.#pending, data.reply);
    };
    worker.onerror = ({ message }) => {
      if (this.#pending) this.#settle(this.#pending, { kind: 'failed', code: 'E_INTERNAL', message });
    };
    return worker;
  }
}
