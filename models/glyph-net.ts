import { Random } from '../src/core/index.js';
import { drawGlyph, SIZE } from './glyphs.js';
import { BatchNorm, Conv, Dense, Flatten, MaxPool, Relu } from './layers.js';
import type { Batch, NamedLayer, TrainingOptions } from './train.js';

const SEED = 20261121;

/** Training and test images are streams of their own and never meet. */
export const SEEDS = { weights: SEED + 2, training: SEED, test: SEED + 1 } as const;

export const CLASSES = 10;
export const TEST_COUNT = 1000;
export const BATCH = 32;
export const PREPROCESS = { divide: 255, mean: [0.25], std: [0.3] } as const;
export const TRAINING: TrainingOptions = { steps: 1800, learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 };

/** Three convolutions with batch normalization, two dense layers; most weights are in the first of these. */
export function createGlyphNet(): NamedLayer[] {
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

/** Images [start, start + count) of a stream. */
export function drawBatch(seed: number, start: number, count: number): Batch {
  const [mean] = PREPROCESS.mean;
  const [std] = PREPROCESS.std;
  const x = new Float64Array(count * SIZE * SIZE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const { pixels, label } = drawGlyph(seed, start + i);
    for (let at = 0; at < pixels.length; at++)
      x[i * pixels.length + at] = (pixels[at] / PREPROCESS.divide - mean) / std;
    labels[i] = label;
  }
  return { x, labels };
}
