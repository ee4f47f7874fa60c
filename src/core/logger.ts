/** Where messages go; silent unless one is handed in. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** One step of a long work. `done` and `total` are in the unit that the step counts (weights, tensors, runs). */
export interface Progress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
  /** A short remark, e.g. `cosine 0.9991`. */
  readonly note?: string;
}
