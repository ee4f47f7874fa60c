import { isWringError, type Logger } from '../core/index.js';
import { ortNode } from '../runtime/ort-node.js';
import type { Runtime } from '../runtime/runtime.js';
import { json } from './format.js';
import { ProgressBar } from './progress-bar.js';
import { ProgressLines } from './progress-lines.js';
import { styled } from './style.js';

/** Where a command line writes to. */
export interface CliStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Aborted at Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Clock of the progress, ms (default: performance.now). */
  readonly now?: () => number;
}

export const Exit = { DONE: 0, FAILED: 1, USAGE: 2, OUTSIDE: 3, INTERRUPTED: 130 } as const;

interface GlobalOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  threads?: number;
}

/** What all commands share: output, progress, exit code. */
export class Session {
  exitCode: number = Exit.DONE;
  json = false;
  quiet = false;
  verbose = false;
  /** Inside one operator; undefined: onnxruntime's own choice. */
  threads: number | undefined;
  /** A bar on a terminal; elsewhere lines. */
  readonly progress: ProgressBar | ProgressLines;

  constructor(readonly streams: CliStreams) {
    const { stderr, now = () => performance.now() } = streams;
    this.progress = stderr.isTTY ? new ProgressBar(stderr) : new ProgressLines(stderr, now);
  }

  configure(options: GlobalOptions): void {
    this.json = options.json ?? false;
    this.quiet = options.quiet ?? false;
    this.verbose = options.verbose ?? false;
    this.threads = options.threads;
    this.progress.enabled = !this.quiet;
  }

  get signal(): AbortSignal | undefined {
    return this.streams.signal;
  }

  /** onnxruntime with the threads that were asked for. @throws {WringError} E_RUNTIME when it is not installed */
  runtime(): Promise<Runtime> {
    return ortNode(this.threads ? { threads: this.threads } : {});
  }

  readonly logger: Logger = {
    debug: (message) => this.verbose && this.note(message),
    info: (message) => this.note(message),
    warn: (message) => this.note(styled('yellow', `warning: ${message}`, this.streams.stderr)),
    error: (message) => this.note(styled('red', message, this.streams.stderr)),
  };

  /** A line or a table for people, on stderr. */
  note(text: string): void {
    if (this.quiet) return;
    this.progress.stop();
    this.streams.stderr.write(`${text}\n`);
  }

  /** The result: one line for people, or one JSON document for machines, on stdout. */
  result(line: string, data: unknown): void {
    this.progress.stop();
    this.streams.stdout.write(this.json ? json(data) : `${line}\n`);
  }

  /** One clear line; the stack only for what is our own mistake, or with --verbose. */
  fail(error: unknown): void {
    const expected = isWringError(error);
    const message = error instanceof Error ? error.message : String(error);
    this.streams.stderr.write(`${styled('red', 'wring:', this.streams.stderr)} ${message}\n`);
    if (error instanceof Error && error.stack && (this.verbose || !expected)) {
      this.streams.stderr.write(`${error.stack}\n`);
    }
  }
}
