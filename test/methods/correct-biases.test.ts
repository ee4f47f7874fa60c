import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, SILENT, type Tensor } from '../../src/core/index.js';
import { correctBiases } from '../../src/methods/correct-biases.js';
import { modelBytes } from '../../src/onnx/index.js';
import type { Feed } from '../../src/posterior/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { fuseBatchNorm, prune } from '../../src/transforms/index.js';
import { buildConvNet, buildDocument, buildValue, normalTensor } from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode({ threads: 1 });
});
const context = { logger: SILENT, onProgress() {} };

const random = new Random(3);
const feed: Feed = {
  x: {
    dataType: DataType.FLOAT,
    dims: [32, 3, 8, 8],
    data: Float32Array.from({ length: 32 * 192 }, () => random.normal()),
  },
};

/** Mean of each of the five scores. */
async function meanScores(document: Document, inputs = feed): Promise<number[]> {
  const session = await runtime.load(modelBytes(document));
  const data = (await session.run(inputs)).y.data as Float32Array;
  await session.release();
  return [0, 1, 2, 3, 4].map((c) => Array.from({ length: 32 }, (_, n) => data[5 * n + c]).reduce((a, b) => a + b) / 32);
}

/** Every weight to the nearest multiple of a coarse step. */
function roundCoarsely(tensor: Tensor): void {
  const codes = Int16Array.from(tensor.toFloat32(), (weight) => Math.round(weight / 0.3));
  tensor.setCoding({ kind: 'grid', scales: Float32Array.of(Math.fround(0.3)), axis: 0, codes });
}

async function fused() {
  const document = buildConvNet();
  await document.transformWith(context, fuseBatchNorm(), prune());
  const { initializers } = document.graph;
  const tensors = [...initializers.values()];
  const weights = tensors.filter(({ dims }) => dims.length > 1).map((tensor) => ({ tensor }));
  const biases = tensors.filter(({ dims }) => dims.length === 1);
  const originals = new Map(tensors.map((tensor) => [tensor, tensor.source]));
  return { document, weights, biases, originals };
}

describe('correctBiases', () => {
  it('brings the means of the outputs back, and touches no weight', async () => {
    const { document, weights, biases, originals } = await fused();
    const before = await meanScores(document);
    for (const { tensor } of weights) roundCoarsely(tensor);
    const rounded = await meanScores(document);
    const values = weights.map(({ tensor }) => tensor.toFloat32());
    const transform = correctBiases({ weights, biases, originals, feeds: [feed], runtime });
    await document.transformWith(context, transform);
    expect(weights.map(({ tensor }) => tensor.toFloat32())).toEqual(values);
    const after = await meanScores(document);
    const worst = (found: readonly number[]) => Math.max(...found.map((mean, c) => Math.abs(mean - before[c])));
    // Biases are rounded to 1/64 of their spread, so to half of that.
    expect(worst(after)).toBeLessThan(0.02);
    expect(worst(after)).toBeLessThan(worst(rounded) / 5);
  });

  it('takes a bias for what it is worth: one with another factor than the products stays', async () => {
    const corrected = async (alpha: number, beta: number) => {
      const factors = {
        alpha: { kind: 'float', value: alpha },
        beta: { kind: 'float', value: beta },
      } as const;
      const weight = normalTensor('w', [192, 5], 1);
      const bias = normalTensor('b', [5], 2);
      const document = buildDocument({
        inputs: [buildValue('x', ['N', 192])],
        outputs: [buildValue('y', ['N', 5])],
        nodes: [createNode('Gemm', ['x', 'w', 'b'], ['y'], factors)],
        initializers: [weight, bias],
      });
      const flat: Feed = { x: { ...feed.x, dims: [32, 192] } };
      const originals = new Map([weight, bias].map((tensor) => [tensor, tensor.source]));
      const before = await meanScores(document, flat);
      const biasBefore = bias.toFloat32();
      roundCoarsely(weight);
      const targets = { weights: [{ tensor: weight }], biases: [bias], originals, feeds: [flat], runtime };
      await document.transformWith(context, correctBiases(targets));
      const after = await meanScores(document, flat);
      const moved = bias.toFloat32().some((value, i) => value !== biasBefore[i]);
      return { moved, worst: Math.max(...after.map((mean, c) => Math.abs(mean - before[c]))) };
    };
    for (const factor of [1, 0.5]) {
      const { moved, worst } = await corrected(factor, factor);
      expect(moved).toBe(true);
      expect(worst).toBeLessThan(0.02);
    }
    expect((await corrected(0.5, 1)).moved).toBe(false);
  });

  it('leaves values as they were when it is stopped', async () => {
    const { document, weights, biases, originals } = await fused();
    for (const { tensor } of weights) roundCoarsely(tensor);
    const bytes = modelBytes(document);
    const controller = new AbortController();
    controller.abort();
    const transform = correctBiases({ weights, biases, originals, feeds: [feed], runtime });
    const stopped = document.transformWith({ ...context, signal: controller.signal }, transform);
    await expect(stopped).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(Buffer.from(modelBytes(document)).equals(Buffer.from(bytes))).toBe(true);
  });
});
