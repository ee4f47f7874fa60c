import type { Fidelity } from '../../src/evaluation/index.js';
import type { ChoiceOptions } from '../../src/pipeline/compress.js';
import type { ModelFacts, TensorFacts } from '../../src/pipeline/describe-tensors.js';
import type { CompressReport } from '../../src/pipeline/report.js';

/** What the page asks of the worker; each is answered in order, but for a cancel. */
export interface Letter {
  /** Comes back with every reply. */
  readonly id: number;
  readonly request: Request;
}

export type Request =
  | { readonly kind: 'open'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'compress'; readonly options: ChoiceOptions }
  | { readonly kind: 'histogram'; readonly name: string }
  | { readonly kind: 'onnx' }
  | { readonly kind: 'cancel' };

export interface Answer {
  readonly id: number;
  readonly reply: Reply;
}

export type Reply =
  | { readonly kind: 'progress'; readonly step: string; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export type OpenedModel = ModelFacts;

export interface Compressed {
  /** The .wrg file. */
  readonly bytes: Uint8Array;
  readonly report: CompressReport;
  /** On the inputs that it was measured with; null where the model cannot be run. */
  readonly fidelity: Fidelity | null;
  readonly inputs: number;
  /** Of the .wrg. */
  readonly tensors: readonly TensorFacts[];
}

export interface Histogram {
  readonly count: number;
  /** Edges of equal bins: one more than densities. */
  readonly low: number;
  readonly high: number;
  /** Share of the weights in each bin, by its width; the weights before. */
  readonly densities: readonly number[];
  /** Values that exist now, and the share of the weights that take each; empty before anything was compressed. */
  readonly values: readonly { readonly value: number; readonly share: number }[];
}
