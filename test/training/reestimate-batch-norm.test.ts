import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, Random } from '../../src/core/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { reestimateBatchNorm } from '../../src/training/reestimate-batch-norm.js';

const MODELS = join(import.meta.dirname, '../../models');

/** The shipped convnet with statistics that are far off, and samples of its test split. */
async function task(): Promise<{ document: Document; dataset: Dataset }> {
  const path = join(MODELS, 'glyphs.onnx');
  const document = await new NodeIO().read(path);
  const random = new Random(3);
  for (const [name, tensor] of document.graph.initializers) {
    if (!/mean|variance/.test(name)) continue;
    tensor.setFloat32(tensor.toFloat32().map(() => 0.5 + random.uniform()));
  }
  return { document, dataset: await openDataset(join(MODELS, 'data/glyphs'), { model: path }) };
}

/** Mean and variance (denominator n) of every channel of a value, over all samples. */
async function momentsOf(document: Document, value: string, dataset: Dataset) {
  const probe = Object.assign(Object.create(document), { graph: { ...document.graph } }) as Document;
  probe.graph.outputs = [{ name: value, dataType: 1, dims: null }];
  const session = await (await ortNode()).load(modelBytes(probe), { threads: 1 });
  const { dims, data } = (await session.run({ image: dataset.batch(0, dataset.length) }))[value];
  await session.release();
  const [n, channels, ...space] = dims;
  const pixels = space.reduce((a, b) => a * b, 1);
  return Array.from({ length: channels }, (_, c) => {
    const values = Array.from({ length: n * pixels }, (_, i) => {
      return Number(data[(Math.floor(i / pixels) * channels + c) * pixels + (i % pixels)]);
    });
    const mean = values.reduce((a, b) => a + b) / values.length;
    return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
  });
}

const first = (dataset: Dataset, length: number): Dataset => ({ ...dataset, length });

describe('reestimateBatchNorm', () => {
  it('makes every layer give mean β and variance γ² on the samples', async () => {
    const { document, dataset } = await task();
    const samples = first(dataset, 100);
    await reestimateBatchNorm(document, { batch: 100 }, { runtime: await ortNode(), dataset: samples });
    const norms = document.graph.nodes.filter(({ opType }) => opType === 'BatchNormalization');
    expect(norms).toHaveLength(3);
    for (const { inputs, outputs } of norms) {
      const [gamma, beta] = [1, 2].map((i) => document.graph.initializers.get(inputs[i])!.toFloat32());
      for (const [c, { mean, variance }] of (await momentsOf(document, outputs[0], samples)).entries()) {
        expect(mean).toBeCloseTo(beta[c], 3);
        // ε takes a little where a channel hardly varies.
        expect(variance).toBeGreaterThan(0.9 * gamma[c] ** 2 - 1e-3);
        expect(variance).toBeLessThan(1.001 * gamma[c] ** 2 + 1e-3);
      }
    }
  });

  it('puts batches together as if they were one, variance between them too', async () => {
    const { document, dataset } = await task();
    const samples = first(dataset, 96);
    const [norm] = document.graph.nodes.filter(({ opType }) => opType === 'BatchNormalization');
    const exact = await momentsOf(document, norm.inputs[0], samples);
    await reestimateBatchNorm(document, { batch: 8, seed: 5 }, { runtime: await ortNode(), dataset: samples });
    const [means, variances] = [3, 4].map((i) => document.graph.initializers.get(norm.inputs[i])!.toFloat32());
    for (const [c, { mean, variance }] of exact.entries()) {
      expect(means[c]).toBeCloseTo(mean, 4);
      expect(variances[c]).toBeCloseTo(variance, 4);
    }
  });
});
