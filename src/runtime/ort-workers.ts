import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { WringError } from '../core/index.js';
import type { WorkerReply, WorkerRequest, WorkerStart } from './ort-worker.js';
import type { Feeds, FloatLayout, OpenParallel, ParallelResult, ParallelSession } from './parallel.js';

interface Job {
  readonly feed: Feeds;
  readonly gathered: Float32Array;
  readonly round: number;
  resolve(result: ParallelResult): void;
  reject(error: unknown): void;
}

/** Milliseconds in which a run ends, and a session is released. */
const PATIENCE = 20_000;

const ENTRY = new URL('./ort-worker.js', import.meta.url);

/** Whether threads can be had: not where this file was bundled and the one that they begin with is not beside it. */
export function hasWorkers(): boolean {
  return existsSync(ENTRY);
}

/**
 * Runs in worker threads, each with a session of onnxruntime-node on one thread: a run blocks the thread that it is on,
 * and two runs on one thread each are faster than one on two. onnxruntime takes no memory that threads share ("Invalid
 * argument", 1.30), so weights are copied from it once a round and a worker, and gradients into it once a run.
 *
 * @param width of worker threads
 * @param entry of a thread; the compiled ort-worker.js
 */
export function openInWorkers(width: number, entry: URL = ENTRY): OpenParallel {
  return async (model, layout) => {
    const shared = new Float32Array(new SharedArrayBuffer(4 * layout.length));
    const crew = new Crew(width, entry, { model, layout, shared });
    await crew.ready();
    return session(crew, layout, shared);
  };
}

function session(crew: Crew, layout: FloatLayout, shared: Float32Array): ParallelSession {
  const slots: Float32Array[] = [];
  let round = 0;
  return {
    width: crew.width,
    run: (floats, feeds) => {
      round++;
      shared.set(floats());
      while (slots.length < feeds.length) slots.push(new Float32Array(new SharedArrayBuffer(4 * layout.length)));
      return Promise.all(feeds.map((feed, i) => crew.run(feed, slots[i], round)));
    },
    release: () => crew.dismiss(),
  };
}

/** Worker threads, each with at most one job; jobs start in order, on whatever thread is free first. */
class Crew {
  readonly #workers: Worker[];
  readonly #current = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  readonly #started: Promise<void>[];
  readonly #ended: Promise<void>[];
  #failure: WringError | null = null;

  constructor(
    readonly width: number,
    entry: URL,
    start: WorkerStart,
  ) {
    this.#workers = Array.from({ length: width }, () => new Worker(entry, { workerData: start }));
    this.#ended = this.#workers.map((worker) => new Promise((resolve) => worker.on('exit', () => resolve())));
    this.#started = this.#workers.map((worker) => this.#watch(worker));
  }

  async ready(): Promise<void> {
    try {
      await Promise.all(this.#started);
    } catch (error) {
      await this.dismiss();
      throw error;
    }
  }

  run(feed: Feeds, gathered: Float32Array, round: number): Promise<ParallelResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ feed, gathered, round, resolve, reject });
      this.#assign();
    });
  }

  /** Lets threads end on their own: one that is terminated within onnxruntime's own code may take the process with it. */
  async dismiss(): Promise<void> {
    for (const worker of this.#workers) worker.postMessage(null);
    const timer = setTimeout(() => {
      for (const worker of this.#workers) void worker.terminate();
    }, PATIENCE);
    await Promise.all(this.#ended);
    clearTimeout(timer);
  }

  #watch(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.on('message', (reply: WorkerReply) => {
        if (reply.kind === 'ready') resolve();
        else if (reply.kind === 'refused') reject(new WringError(reply.code, reply.message));
        else this.#finish(worker, reply);
      });
      worker.on('error', (cause) => {
        const error = new WringError('E_RUNTIME', `A worker thread failed: ${cause.message}`, { cause });
        reject(error);
        this.#fail(error);
      });
      worker.on('exit', () => this.#fail(new WringError('E_RUNTIME', 'A worker thread has ended')));
    });
  }

  #assign(): void {
    if (this.#failure) {
      for (const job of this.#waiting.splice(0)) job.reject(this.#failure);
      return;
    }
    for (const worker of this.#workers) {
      if (this.#current.has(worker)) continue;
      const job = this.#waiting.shift();
      if (!job) return;
      this.#current.set(worker, job);
      const request: WorkerRequest = { feed: job.feed, gathered: job.gathered, round: job.round };
      worker.postMessage(
        request,
        Object.values(job.feed).map(({ data }) => data.buffer as ArrayBuffer),
      );
    }
  }

  #finish(worker: Worker, reply: Exclude<WorkerReply, { kind: 'ready' | 'refused' }>): void {
    const job = this.#current.get(worker);
    // Rejected already, when another thread ended.
    if (!job) return;
    this.#current.delete(worker);
    if (reply.kind === 'done') job.resolve({ gathered: job.gathered, others: reply.others });
    else job.reject(new WringError(reply.code, reply.message));
    this.#assign();
  }

  #fail(error: WringError): void {
    this.#failure ??= error;
    for (const job of this.#current.values()) job.reject(this.#failure);
    this.#current.clear();
    this.#assign();
  }
}
