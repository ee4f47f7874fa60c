import { DataType, Random } from '../src/core/index.js';
import { exportChain } from './export.js';
import { drawGlyph, SIZE } from './glyphs.js';
import { BatchNorm, Conv, Dense, Flatten, MaxPool, Relu } from './layers.js';
import type { Recipe } from './recipe.js';
import type { NamedLayer } from './train.js';

const SEED = 20261121;
const SEEDS = { weights: SEED + 2, training: SEED, test: SEED + 1 };
const CLASSES = 10;
const PREPROCESS = { divide: 255, mean: [0.25], std: [0.3] };

/** Drawn digits; three convolutions with batch normalization, two dense layers, most weights in the first of these. */
export const GLYPH_NET: Recipe = {
  name: 'glyphs',
  seeds: SEEDS,
  classes: CLASSES,
  sampleShape: [1, SIZE, SIZE],
  testCount: 1000,
  batch: 32,
  training: { steps: 1800, learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 },
  preprocess: PREPROCESS,
  toInput: (value) => (value / PREPROCESS.divide - PREPROCESS.mean[0]) / PREPROCESS.std[0],
  draw: drawGlyph,
  createChain,
  toDocument: (chain) =>
    exportChain('glyphs', chain, { name: 'image', dataType: DataType.FLOAT, dims: ['batch', 1, SIZE, SIZE] }, CLASSES),
};

function createChain(): NamedLayer[] {
  const random = new Random(SEEDS.weights);
  const block = (name: string, inputs: number, outputs: number, size: number): NamedLayer[] => [
    { name, layer: new Conv(inputs, outputs, size, random) },
    { name: `${name}.normal`, layer: new BatchNorm(outputs) },
    { name: `${name}.relu`, layer: new Relu() },
  ];
  const places = (SIZE / 4) ** 2;
  return [
    ...block('conv1', 1, 16, SIZE),
    { name: 'conv1.pool', layer: new MaxPool(SIZE) },
    ...block('conv2', 16, 32, SIZE / 2),
    { name: 'conv2.pool', layer: new MaxPool(SIZE / 2) },
    ...block('conv3', 32, 48, SIZE / 4),
    { name: 'features', layer: new Flatten(places) },
    { name: 'hidden', layer: new Dense(places * 48, 72, random) },
    { name: 'hidden.relu', layer: new Relu() },
    { name: 'output', layer: new Dense(72, CLASSES, random) },
  ];
}
