import { DataType, Random } from '../src/core/index.js';
import { DIALECTS, LENGTH, LETTERS, writeText } from './dialects.js';
import { exportChain } from './export.js';
import { Dense } from './layers.js';
import type { Recipe } from './recipe.js';
import { Embedding, Lstm } from './recurrent.js';
import type { NamedLayer } from './train.js';

const SEED = 20261221;
const SEEDS = { weights: SEED + 2, training: SEED, test: SEED + 1 };
const EMBEDDING = 32;
const WIDTH = 96;

/** Which invented dialect is a smudged text in? Embedding, LSTM, dense layer. */
export const DIALECT_NET: Recipe = {
  name: 'dialects',
  seeds: SEEDS,
  classes: DIALECTS,
  sampleShape: [1, 1, LENGTH],
  testCount: 2000,
  batch: 32,
  training: { steps: 1600, learningRate: 0.2, momentum: 0.9, weightDecay: 1e-5 },
  preprocess: { kind: 'tokens' },
  toInput: (value) => value,
  draw: writeText,
  createChain,
  toDocument: (chain) =>
    exportChain('dialects', chain, { name: 'tokens', dataType: DataType.INT32, dims: ['batch', LENGTH] }, DIALECTS),
};

function createChain(): NamedLayer[] {
  const random = new Random(SEEDS.weights);
  return [
    { name: 'embedding', layer: new Embedding(LETTERS, EMBEDDING, random) },
    { name: 'lstm', layer: new Lstm(EMBEDDING, WIDTH, random) },
    { name: 'output', layer: new Dense(WIDTH, DIALECTS, random) },
  ];
}
