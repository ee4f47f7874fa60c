import type { Document } from '../src/core/index.js';
import { drawGlyph, SIZE } from './glyphs.js';
import { Network } from './network.js';
import type { Recipe } from './recipe.js';

const SEED = 20261121;
const CLASSES = 10;

/** Drawn digits; three convolutions with batch normalization, two dense layers, most weights in the first of these. */
export const GLYPH_NET: Recipe = {
  name: 'glyphs',
  seeds: { training: SEED, test: SEED + 1 },
  classes: CLASSES,
  sampleShape: [1, SIZE, SIZE],
  trainingCount: 60_000,
  testCount: 1000,
  training: {
    epochs: 5,
    batch: 32,
    learningRate: 0.05,
    optimizer: { kind: 'sgd', weightDecay: 5e-3 },
    schedule: { kind: 'cosine', warmup: 40 },
    validation: 0.02,
    seed: SEED,
  },
  preprocess: { divide: 255, mean: [0.25], std: [0.3] },
  draw: drawGlyph,
  build,
};

function build(): Document {
  const net = new Network('glyphs');
  let x = net.input('image', [1, SIZE, SIZE]);
  x = net.maxPool('conv1.pool', net.block('conv1', x, 16));
  x = net.maxPool('conv2.pool', net.block('conv2', x, 32));
  x = net.flatten('features', net.block('conv3', x, 48));
  x = net.relu('hidden.relu', net.dense('hidden', x, 72));
  return net.output(net.dense('output', x, CLASSES));
}
