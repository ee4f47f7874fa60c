import type { ExternalLayout } from '../onnx/index.js';

export interface WriteOptions {
  /**
   * Where an ONNX model's data goes. `'auto'` (default): where it was, and into one file beside the model when the
   * model would pass 1.9 GiB otherwise. `'inline'`: all into the model file. A layout: into the file it names.
   */
  readonly external?: 'auto' | 'inline' | ExternalLayout;
  /** What a .wrg file says about itself (recipe, seed, versions, errors): anything that JSON can say. */
  readonly metadata?: unknown;
  /** Stops the writing; what was written so far is removed. */
  readonly signal?: AbortSignal;
}
