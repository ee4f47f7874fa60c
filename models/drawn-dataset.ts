import { DataType } from '../src/core/index.js';
import { type Dataset, preprocessedDataset, samplesOf } from '../src/data/index.js';
import type { Recipe } from './recipe.js';

/** Samples as they are stored: values [count, …sampleShape], one label each. */
export interface DrawnSamples {
  readonly values: Uint8Array;
  readonly labels: Uint8Array;
}

/** Samples 0 … count − 1 of a stream; each follows from seed and index alone. */
export function drawSamples({ draw, sampleShape }: Recipe, seed: number, count: number): DrawnSamples {
  const size = sampleShape.reduce((product, dim) => product * dim, 1);
  const values = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const sample = draw(seed, i);
    values.set(sample.values, i * size);
    labels[i] = sample.label;
  }
  return { values, labels };
}

/** What a model is trained on: nothing of it is stored, it is drawn again whenever it is needed. */
export function trainingDataset(recipe: Recipe): Dataset {
  const { name, seeds, trainingCount, sampleShape, preprocess } = recipe;
  const { values, labels } = drawSamples(recipe, seeds.training, trainingCount);
  const stored = { dataType: DataType.UINT8, dims: [trainingCount, ...sampleShape], data: values };
  return preprocessedDataset({
    name: `${name}, drawn`,
    samples: samplesOf(stored, name),
    labels: { dataType: DataType.UINT8, dims: [trainingCount], data: labels },
    layout: 'NCHW',
    preprocess,
  });
}
