import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, SILENT, type Tensor } from '../../src/core/index.js';
import { fisherSensitivity, measureFisher } from '../../src/posterior/fisher.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor } from '../../src/runtime/runtime.js';
import { buildDocument, buildValue, floatTensor, normalTensor } from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode({ threads: 1 });
});
const context = { logger: SILENT, onProgress() {} };

const X = [0.5, -1, 2];
const W = [0.3, -0.2, 0.5, 0.1, 0.4, -0.3];

/** x [N, 3] · W [3, 2] → logits, or their softmax. */
function linear(batch: string | number, softmax = false): Document {
  return buildDocument({
    inputs: [buildValue('x', [batch, 3])],
    outputs: [buildValue('y', [batch, 2])],
    nodes: [
      createNode('MatMul', ['x', 'w'], [softmax ? 'l' : 'y']),
      ...(softmax ? [createNode('Softmax', ['l'], ['y'])] : []),
    ],
    initializers: [floatTensor('w', [3, 2], W)],
  });
}

function repeat(count: number): Record<string, RuntimeTensor> {
  const data = Float32Array.from({ length: 3 * count }, (_, i) => X[i % 3]);
  return { x: { dataType: DataType.FLOAT, dims: [count, 3], data } };
}

/** E_y (1[y = k] − p_k)² x_j² = p_k (1 − p_k) x_j², j rows and k columns. */
function expected(): number[] {
  const scores = [0, 1].map((k) => X.reduce((sum, x, j) => sum + x * W[2 * j + k], 0));
  const p = 1 / (1 + Math.exp(scores[1] - scores[0]));
  return W.map((_, i) => p * (1 - p) * X[i >> 1] ** 2);
}

async function fisherOf(document: Document, feeds: Record<string, RuntimeTensor>[], seed = 1): Promise<Float32Array> {
  const weight = document.graph.initializers.get('w')!;
  return (await measureFisher(document, [weight], feeds, runtime, seed, context)).get(weight)!;
}

describe('measureFisher', () => {
  it('is p (1 − p) x² for a linear model, by labels that it draws itself', async () => {
    const truth = expected();
    for (const softmax of [false, true]) {
      const found = await fisherOf(linear('N', softmax), [repeat(400)]);
      // The squared score has two values, p² x² and (1 − p)² x²; five standard errors.
      for (const [i, value] of found.entries()) expect(Math.abs(value / truth[i] - 1)).toBeLessThan(0.35);
    }
  });

  it('has the same expectation where samples of a fixed batch are summed', async () => {
    const truth = expected();
    const found = await fisherOf(
      linear(8),
      Array.from({ length: 300 }, () => repeat(8)),
    );
    // Squares of a sum of eight are spread like χ²: 5 √(2 / 300).
    for (const [i, value] of found.entries()) expect(Math.abs(value / truth[i] - 1)).toBeLessThan(0.41);
  });

  it('measures a language model, token by token', async () => {
    const document = buildDocument({
      inputs: [buildValue('tokens', ['N', 'T'], DataType.INT64)],
      outputs: [buildValue('y', ['N', 'T', 4])],
      nodes: [createNode('Gather', ['w', 'tokens'], ['y'])],
      initializers: [floatTensor('w', [4, 4], new Array(16).fill(0))],
    });
    // Every text says token 2 five times; of uniform shares each score has E = 3/16 a decision.
    const data = BigInt64Array.from({ length: 200 * 5 }, () => 2n);
    const found = await fisherOf(document, [{ tokens: { dataType: DataType.INT64, dims: [200, 5], data } }]);
    found.forEach((value, i) => {
      if (i >> 2 !== 2) expect(value).toBe(0);
      else expect(Math.abs(value / ((5 * 3) / 16) - 1)).toBeLessThan(0.5);
    });
  });

  it('follows the seed, and leaves the model as it was', async () => {
    const document = linear('N');
    const one = await fisherOf(document, [repeat(4)], 1);
    expect(await fisherOf(document, [repeat(4)], 1)).toEqual(one);
    expect(await fisherOf(document, [repeat(4)], 2)).not.toEqual(one);
    expect(Array.from(document.graph.initializers.get('w')!.toFloat32())).toEqual(W.map(Math.fround));
  });

  it('refuses what does not choose among classes', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3, 4, 4])],
      outputs: [buildValue('y', ['N', 2, 4, 4])],
      nodes: [createNode('Conv', ['x', 'w'], ['y'])],
      initializers: [normalTensor('w', [2, 3, 1, 1])],
    });
    const feed = { x: { dataType: DataType.FLOAT, dims: [1, 3, 4, 4], data: new Float32Array(48) } };
    await expect(fisherOf(document, [feed])).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
  });
});

describe('fisherSensitivity', () => {
  const tensor = (count: number): Tensor => normalTensor('t', [count]);

  it('shares by the Fisher information what the measured sensitivities say in all', () => {
    const [a, b, c] = [tensor(2), tensor(6), tensor(5)];
    const fisher = new Map([
      [a, Float32Array.of(24, 24)],
      [b, new Float32Array(6).fill(4)],
    ]);
    const measured = new Map([
      [a, 3],
      [b, 5],
      [c, 7],
    ]);
    const found = fisherSensitivity(fisher, measured);
    expect(found.get(a)! / found.get(b)!).toBeCloseTo(2);
    expect(found.get(c)).toBeCloseTo(7);
    // step² ∝ elements / sensitivity of a budget of 1 over eight elements costs 1, as measured.
    const cost = [a, b].map((each) => (measured.get(each)! * each.elementCount) / 8 / found.get(each)!);
    expect(cost[0] + cost[1]).toBeCloseTo(1);
  });

  it('keeps what was measured where the information is 0 everywhere', () => {
    const a = tensor(2);
    expect(fisherSensitivity(new Map([[a, new Float32Array(2)]]), new Map([[a, 3]])).get(a)).toBe(3);
  });
});
