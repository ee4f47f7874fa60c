import type { Document } from '../src/core/index.js';
import type { NamedLayer, TrainingOptions } from './train.js';

export interface Sample {
  /** As stored in the data set. */
  readonly values: Uint8Array;
  /** Class index. */
  readonly label: number;
}

/** Everything that decides the bytes of one model and of its data set. */
export interface Recipe {
  /** Of the model, its file and its data set. */
  readonly name: string;
  /** Training and test samples are streams of their own and never meet. */
  readonly seeds: { readonly weights: number; readonly training: number; readonly test: number };
  readonly classes: number;
  /** [channels, height, width]; tokens are [1, 1, length]. */
  readonly sampleShape: readonly number[];
  readonly testCount: number;
  readonly batch: number;
  readonly training: TrainingOptions;
  /** As in the manifest. */
  readonly preprocess: unknown;
  /** A stored value as the model's input takes it. */
  toInput(value: number): number;
  /** Sample `index` of a stream. */
  draw(seed: number, index: number): Sample;
  /** With random weights. */
  createChain(): NamedLayer[];
  toDocument(chain: readonly NamedLayer[]): Document;
}
