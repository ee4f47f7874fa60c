import type { Document } from '../src/core/index.js';
import type { Preprocess } from '../src/data/index.js';
import type { TrainOptions } from '../src/training/index.js';

export interface Sample {
  /** As stored: pixels, or numbers of letters. */
  readonly values: Uint8Array;
  /** Class index. */
  readonly label: number;
}

/** A model that the project makes: data that is drawn, a network, and how it is trained. */
export interface Recipe {
  /** Of the model, its file and its data set. */
  readonly name: string;
  /** Training and test samples are streams of their own and never meet. */
  readonly seeds: { readonly training: number; readonly test: number };
  readonly classes: number;
  /** [channels, height, width]; tokens are [1, 1, length]. */
  readonly sampleShape: readonly number[];
  readonly trainingCount: number;
  readonly testCount: number;
  readonly training: TrainOptions;
  readonly preprocess: Preprocess;
  /** Sample `index` of a stream. */
  draw(seed: number, index: number): Sample;
  /** The graph, with weights that are yet to be drawn. */
  build(): Document;
}
