import { describe, expect, it } from 'vitest';
import { trainingDataset } from '../../models/drawn-dataset.js';
import { RECIPES } from '../../models/make.js';
import { PAPER_NETWORKS } from '../../models/paper-networks.js';
import { DataType } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { differentiate, initializeWeights } from '../../src/training/index.js';

describe('a network of the papers', () => {
  it.each([
    // 784 · 300 + 300 + 300 · 100 + 100 + 100 · 10 + 10
    ['lenet-300-100', 266_610],
    // 25 · (6 + 6 · 16) + 6 + 16 + 400 · 120 + 120 + 120 · 84 + 84 + 84 · 10 + 10
    ['lenet-5-6', 61_706],
    // 3 · 3 · (3 · 16 + 2 · 16 · 16 + 16 · 32 + 32 · 32 + 32 · 64 + 64 · 64) + 16 · 32 + 32 · 64, two a channel, 64 · 10 + 10
    ['resnet-8', 9 * (48 + 512 + 512 + 1024 + 2048 + 4096) + 512 + 2048 + 2 * (3 * 16 + 3 * 32 + 3 * 64) + 650],
    // 3 · 3 · (3 · 24 + 24 · 24 + 24 · 48 + 48 · 48 + 48 · 96 + 96 · 96), two a channel, 4 · 4 · 96 · 10 + 10
    ['vgg-7', 9 * (72 + 576 + 1152 + 2304 + 4608 + 9216) + 2 * 2 * (24 + 48 + 96) + 15_370],
  ])('%s has as many parameters as its layers say, each of them drawn, and runs', async (name, count) => {
    const document = PAPER_NETWORKS[name]();
    const runtime = await ortNode({ threads: 1 });
    const graph = await differentiate(document, { loss: { kind: 'cross-entropy' }, runtime, batchNorm: 'batch' });
    expect(graph.parameters.reduce((sum, { tensor }) => sum + tensor.elementCount, 0)).toBe(count);
    expect(initializeWeights(document, graph, 1)).toEqual([]);
    const session = await runtime.load(modelBytes(document));
    const dims = [2, ...(session.inputs[0].dims.slice(1) as number[])];
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => ((i * 37) % 101) / 50 - 1);
    const { logits } = await session.run({ image: { dataType: DataType.FLOAT, dims, data } });
    await session.release();
    expect(logits.dims).toEqual([2, 10]);
    expect(new Set(logits.data as Float32Array).size).toBeGreaterThan(10);
  });
});

describe('drawn training data', () => {
  it.each(RECIPES.map((recipe) => [recipe.name, recipe] as const))(
    'of %s is the stream of its seed, sample by sample, and not that of the test',
    (_, recipe) => {
      const dataset = trainingDataset({ ...recipe, trainingCount: 20 });
      expect(dataset.length).toBe(20);
      const { divide = 1, mean = [0], std = [1] } = recipe.preprocess;
      const inputs = (seed: number, index: number) =>
        Array.from(recipe.draw(seed, index).values, (value) => Math.fround((value / divide - mean[0]) / std[0]));
      const { training, test } = recipe.seeds;
      for (const i of [0, 7, 19]) {
        expect(dataset.labels![i]).toBe(recipe.draw(training, i).label);
        expect(Array.from(dataset.batch(i, 1).data, Number)).toEqual(inputs(training, i));
        expect(inputs(test, i)).not.toEqual(inputs(training, i));
      }
    },
  );
});
