import { describe, expect, it } from 'vitest';
import { gemm } from '../../models/gemm.js';
import { BatchNorm, Conv, Dense, Flatten, type Layer, MaxPool, Relu } from '../../models/layers.js';
import { Embedding, Lstm } from '../../models/recurrent.js';
import { exp } from '../../models/train.js';
import { Random } from '../../src/core/index.js';

const BATCH = 3;
const STEP = 1e-5;
/** Central differences of step 1e-5 in float64 are good for about ten digits; kinks of ReLU and maximum are not hit. */
const TOLERANCE = 1e-6;

function randomArray(length: number, random: Random): Float64Array {
  return Float64Array.from({ length }, () => random.normal());
}

describe('gemm', () => {
  it('multiplies matrices of every shape and stride like the three loops', () => {
    const random = new Random(1);
    for (const [m, n, k] of [
      [1, 1, 1],
      [3, 5, 7],
      [4, 4, 4],
      [9, 130, 257],
      [13, 6, 600],
    ]) {
      const a = randomArray(m * k, random);
      const b = randomArray(k * n, random);
      const plain = new Float64Array(m * n);
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) plain[i * n + j] += a[l * m + i] * b[j * k + l];
      const target = new Float64Array(m * n);
      gemm(m, n, k, { data: a, row: 1, column: m }, { data: b, row: 1, column: k }, target);
      target.forEach((v, i) => {
        expect(v).toBeCloseTo(plain[i], 9);
      });
    }
  });
});

describe('backward', () => {
  const random = new Random(2);
  const cases: Record<string, { layer: Layer; inputLength: number }> = {
    'a convolution': { layer: new Conv(2, 3, 4, random), inputLength: 2 * 16 * BATCH },
    'batch normalization': { layer: new BatchNorm(2), inputLength: 2 * 4 * BATCH },
    ReLU: { layer: new Relu(), inputLength: 10 * BATCH },
    'a maximum pool': { layer: new MaxPool(4), inputLength: 2 * 16 * BATCH },
    flatten: { layer: new Flatten(4), inputLength: 2 * 4 * BATCH },
    'an LSTM': { layer: new Lstm(3, 4, random), inputLength: 5 * 3 * BATCH },
    'a dense layer': { layer: new Dense(5, 4, random), inputLength: 5 * BATCH },
  };
  for (const [name, { layer, inputLength }] of Object.entries(cases)) {
    it(`of ${name} agrees with finite differences`, () => {
      const x = randomArray(inputLength, random);
      const weights = randomArray(layer.forward(x, BATCH, true).length, random);
      const loss = () => layer.forward(x, BATCH, true).reduce((sum, y, i) => sum + y * weights[i], 0);
      layer.forward(x, BATCH, true);
      const dx = layer.backward(weights);
      const gradients = layer.parameters.map(({ gradient }) => gradient.slice());
      expectSlopes(x, dx, loss);
      layer.parameters.forEach(({ value }, i) => {
        expectSlopes(value, gradients[i], loss);
      });
    });
  }
});

describe('an embedding', () => {
  it('gathers rows, and adds the gradients of a token that occurs twice', () => {
    const layer = new Embedding(4, 2, new Random(3));
    const y = layer.forward(Float64Array.of(3, 1, 1, 0), 2);
    // [length][width][batch]: the texts are (3, 1) and (1, 0).
    const { value, gradient } = layer.table;
    expect([...y]).toEqual([6, 2, 7, 3, 2, 0, 3, 1].map((entry) => value[entry]));
    layer.backward(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect([...gradient]).toEqual([6, 8, 2 + 5, 4 + 7, 0, 0, 1, 3]);
  });
});

/** Moves each of `values` a little to either side and compares the change of `loss` with `gradient`. */
function expectSlopes(values: Float64Array, gradient: Float64Array, loss: () => number) {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    values[i] = value + STEP;
    const above = loss();
    values[i] = value - STEP;
    const below = loss();
    values[i] = value;
    const slope = (above - below) / (2 * STEP);
    expect(Math.abs(slope - gradient[i])).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(slope)));
  }
}

describe('exp', () => {
  it('is Math.exp to twelve digits', () => {
    for (let x = -60; x <= 5; x += 0.173) expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 12);
    expect(exp(-1000)).toBe(0);
  });
});
