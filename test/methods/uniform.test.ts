import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, Random, SILENT, Tensor } from '../../src/core/index.js';
import { allocateSteps } from '../../src/methods/uniform/allocate.js';
import { feedbackFactor, feedbackOf, quantizeRow } from '../../src/methods/uniform/error-feedback.js';
import { uniform } from '../../src/methods/uniform/index.js';
import { quantizeTensor } from '../../src/methods/uniform/quantize-tensor.js';
import { type LayerMoments, spreadPosterior } from '../../src/posterior/index.js';

const SEED = 20261121;

function randomTensor(seed: number, dims: number[], spread = 1): Tensor {
  const random = new Random(seed);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.fromFloat32(
    'w',
    dims,
    Float32Array.from({ length: count }, () => random.normal() * spread),
  );
}

/** Moments of inputs that share one strong common factor, as after a ReLU. */
function correlatedMoments(columns: number, rows: number, seed: number): { moments: LayerMoments; inputs: number[][] } {
  const random = new Random(seed);
  const inputs = Array.from({ length: 400 }, () => {
    const common = 1 + random.normal();
    return Array.from({ length: columns }, () => common + 0.3 * random.normal());
  });
  const second = new Float32Array(columns * columns);
  const mean = new Float32Array(columns);
  for (const x of inputs) {
    for (let i = 0; i < columns; i++) {
      mean[i] += x[i] / inputs.length;
      for (let j = 0; j < columns; j++) second[i * columns + j] += (x[i] * x[j]) / inputs.length;
    }
  }
  const layout = { groups: 1, rows, columns, rowStride: columns, columnStride: 1, bias: null };
  return { moments: { ...layout, second, mean }, inputs };
}

describe('allocateSteps', () => {
  const share = (elementCount: number, sensitivity: number) => ({
    tensor: randomTensor(1, [1]),
    elementCount,
    sensitivity,
    spread: 1e6,
  });

  it('spends the whole budget, and the same on every weight', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 1e-3, max: 1e3, noNaN: true })), {
          minLength: 1,
          maxLength: 20,
        }),
        (pairs) => {
          const shares = pairs.map(([n, sensitivity]) => share(n, sensitivity));
          const steps = allocateSteps(shares, 0.01);
          const errors = shares.map((s) => s.sensitivity * steps.get(s.tensor)! ** 2);
          const total = errors.reduce((sum, error) => sum + error, 0);
          expect(total).toBeCloseTo(0.01, 7);
          const perWeight = errors.map((error, i) => error / shares[i].elementCount);
          for (const error of perWeight) expect(error / perWeight[0]).toBeCloseTo(1, 4);
        },
      ),
      { seed: SEED },
    );
  });

  it('never steps beyond one and a half spreads, and gives the rest of that budget to the others', () => {
    const tame = { ...share(100, 1e-9), spread: 1 };
    const other = share(100, 1);
    const steps = allocateSteps([tame, other], 0.02);
    expect(steps.get(tame.tensor)).toBe(1.5);
    expect(steps.get(other.tensor)).toBeCloseTo(Math.sqrt(0.02 - 2.25e-9), 6);
  });
});

describe('feedbackFactor', () => {
  it('is upper triangular with UᵀU the inverse of the damped second moment', () => {
    const size = 24;
    const { moments } = correlatedMoments(size, 1, 7);
    const factor = feedbackFactor(moments, 0, 0.05);
    let trace = 0;
    for (let i = 0; i < size; i++) trace += moments.second[i * size + i];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) expect(factor[i * size + j]).toBe(0);
      for (let j = 0; j < size; j++) {
        // (UᵀU H)_ij
        let sum = 0;
        for (let k = 0; k < size; k++) {
          let inverse = 0;
          for (let r = 0; r < size; r++) inverse += factor[r * size + i] * factor[r * size + k];
          sum += inverse * (moments.second[k * size + j] + (k === j ? (trace / size) * 0.05 : 0));
        }
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  it('survives inputs that are all zero', () => {
    const zero = { ...correlatedMoments(4, 1, 7).moments, second: new Float32Array(16) };
    expect([...feedbackFactor(zero, 0, 0.1)].every(Number.isFinite)).toBe(true);
  });
});

describe('quantizeRow', () => {
  it('is plain rounding when the columns are uncorrelated', () => {
    const identity = Float64Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 1 : 0));
    const row = Float64Array.of(0.4, -1.6, 2.2, 0.51, -0.2);
    const levels = new Int16Array(5);
    quantizeRow(Float64Array.from(row), identity, (_, value) => Math.round(value), levels);
    expect([...levels]).toEqual([...row].map((value) => Math.round(value) + 0));
  });
});

describe('quantizeTensor', () => {
  const plain = { axis: 0, feedback: null, costs: null, trellis: null };

  it('leaves no weight further than half a step from its level', () => {
    const tensor = randomTensor(3, [8, 5]);
    const coding = quantizeTensor(tensor, { ...plain, scales: Float32Array.of(0.25) });
    const weights = tensor.toFloat32();
    for (let i = 0; i < weights.length; i++) expect(Math.abs(weights[i] - 0.25 * coding.codes[i])).toBeLessThan(0.1251);
  });

  it('uses the scale of the channel that a weight belongs to', () => {
    const tensor = randomTensor(3, [2, 3, 4]);
    const coding = quantizeTensor(tensor, { ...plain, scales: Float32Array.of(0.1, 0.2, 0.4), axis: 1 });
    tensor.toFloat32().forEach((weight, i) => {
      const scale = [0.1, 0.2, 0.4][Math.floor(i / 4) % 3];
      expect(Math.abs(weight - scale * coding.codes[i])).toBeLessThanOrEqual(scale / 2 + 1e-6);
    });
  });

  it('loses less of the layer output with error feedback than without', () => {
    const [rows, columns] = [16, 32];
    const { moments, inputs } = correlatedMoments(columns, rows, 11);
    const tensor = randomTensor(5, [rows, columns]);
    const weights = tensor.toFloat32();
    const outputError = (codes: Int16Array) => {
      let sum = 0;
      for (const x of inputs) {
        for (let r = 0; r < rows; r++) {
          let error = 0;
          for (let j = 0; j < columns; j++) error += (0.5 * codes[r * columns + j] - weights[r * columns + j]) * x[j];
          sum += error * error;
        }
      }
      return sum;
    };
    const scales = Float32Array.of(0.5);
    const rounded = quantizeTensor(tensor, { ...plain, scales }).codes;
    const fed = quantizeTensor(tensor, { ...plain, scales, feedback: feedbackOf(moments, 0.1) }).codes;
    expect(outputError(fed)).toBeLessThan(outputError(rounded) / 2);
  });

  it('moves a weight towards zero when the bits that it saves are worth the error', () => {
    const tensor = Tensor.fromFloat32('w', [3], Float32Array.of(0.6, 0.95, -0.6));
    const costs = { lambda: 0.1, bits: (_: number, level: number) => (level === 0 ? 0.5 : 4) };
    const coding = quantizeTensor(tensor, { ...plain, scales: Float32Array.of(1), costs });
    // 0.6: (0.4² + 0.4) = 0.56 against (0.6² + 0.05) = 0.41; 0.95: 0.4025 against 0.9525.
    expect([...coding.codes]).toEqual([0, 1, 0]);
  });
});

describe('uniform', () => {
  it('takes fewer bits from a tensor with a larger posterior', async () => {
    const free = randomTensor(1, [64, 64]);
    const bound = randomTensor(2, [64, 64]);
    const sensitivity = new Map([
      [free, 0.01],
      [bound, 1],
    ]);
    const weights = [free, bound].map((tensor) => ({ tensor, axis: 0 }));
    const posterior = { sensitivity, moments: new Map(), outputs: null };
    const transform = uniform({ weights, biases: [], posterior }, { noise: 0.01, trellis: false });
    await transform(new Document(), { logger: SILENT, onProgress: () => {} });
    const scaleOf = (tensor: Tensor) => (tensor.coding?.kind === 'grid' ? tensor.coding.scales[0] : Number.NaN);
    expect(scaleOf(free) / scaleOf(bound)).toBeCloseTo(10, 4);
  });

  it('works from relative distance alone and gives the same codes twice', async () => {
    const run = async () => {
      const tensor = randomTensor(9, [32, 27], 0.05);
      const posterior = spreadPosterior([tensor]);
      await uniform({ weights: [{ tensor, axis: 0 }], biases: [], posterior }, { granularity: 'channel', lambda: 0.1 })(
        new Document(),
        { logger: SILENT, onProgress: () => {} },
      );
      return tensor.bytes();
    };
    expect(await run()).toEqual(await run());
  });

  it('names the option that is out of range', () => {
    const targets = { weights: [], biases: [], posterior: spreadPosterior([]) };
    expect(() => uniform(targets, { noise: 0 })).toThrow(/noise/);
    expect(() => uniform(targets, { lambda: -1 })).toThrow(/lambda/);
  });
});
