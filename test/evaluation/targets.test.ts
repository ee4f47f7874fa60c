import { describe, expect, it } from 'vitest';
import { createNode, DataType } from '../../src/core/index.js';
import { preprocessedDataset, samplesOf } from '../../src/data/index.js';
import { evaluateBinaryCrossEntropy, evaluateSquaredError } from '../../src/evaluation/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { buildDocument, buildValue } from '../helpers/build.js';
import { datasetOf, floats } from './datasets.js';

/** The output is the samples, or their sigmoid. */
function model(opType: 'Identity' | 'Sigmoid') {
  return buildDocument({
    inputs: [buildValue('x', ['N', 2])],
    outputs: [buildValue('y', ['N', 2])],
    nodes: [createNode(opType, ['x'], ['y'])],
  });
}

const LOGITS = [0, 2, -3, 0.5, 40, -200];
const TARGETS = [1, 0, 0.25, 1, 0, 0];
const dataset = preprocessedDataset({
  name: 'made',
  samples: samplesOf(floats([3, 2], ...LOGITS), 'made'),
  labels: floats([3, 2], ...TARGETS),
  layout: 'NCHW',
  preprocess: null,
});
const mean = (terms: readonly number[]) => terms.reduce((sum, term) => sum + term, 0) / terms.length;

describe('what outputs are to be', () => {
  it('is told from them by squares', async () => {
    const runtime = await ortNode();
    const squares = LOGITS.map((x, i) => (x - TARGETS[i]) ** 2);
    expect(await evaluateSquaredError(model('Identity'), dataset, runtime)).toEqual({ mean: mean(squares), count: 3 });
    const limited = await evaluateSquaredError(model('Identity'), dataset, runtime, { limit: 2 });
    expect(limited).toEqual({ mean: mean(squares.slice(0, 4)), count: 2 });
  });

  it('is told by cross-entropy, of logits and of probabilities', async () => {
    const runtime = await ortNode();
    // −ln σ(x) = ln(1 + e^−x), and of 1 − σ(x) the same at −x; without what overflows.
    const minusLog = (x: number) => (x < -30 ? -x : Math.log(1 + Math.exp(-x)));
    const expected = mean(LOGITS.map((x, i) => TARGETS[i] * minusLog(x) + (1 - TARGETS[i]) * minusLog(-x)));
    const logits = await evaluateBinaryCrossEntropy(model('Identity'), dataset, runtime);
    expect(logits).toEqual({ mean: expect.closeTo(expected, 12), count: 3 });
    const few = { limit: 2 };
    const [fewLogits, probabilities] = await Promise.all(
      (['Identity', 'Sigmoid'] as const).map((type) => evaluateBinaryCrossEntropy(model(type), dataset, runtime, few)),
    );
    expect(probabilities.mean).toBeCloseTo(fewLogits.mean, 5);
    // A probability of 1 that should be 0: as bad as a float can say, and no infinity.
    const { mean: all } = await evaluateBinaryCrossEntropy(model('Sigmoid'), dataset, runtime);
    expect(all).toBeGreaterThan(10);
    expect(all).toBeLessThan(20);
  });

  it('has to be there', async () => {
    const classes = datasetOf({ dataType: DataType.FLOAT, dims: [1, 2], data: Float32Array.of(1, 2) }, [1]);
    await expect(evaluateSquaredError(model('Identity'), classes, await ortNode())).rejects.toMatchObject({
      code: 'E_OPTION',
    });
  });
});
