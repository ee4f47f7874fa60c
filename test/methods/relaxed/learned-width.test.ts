import { describe, expect, it } from 'vitest';
import { createNode, Random, Tensor } from '../../../src/core/index.js';
import { loadKernels } from '../../../src/kernels/index.js';
import { FIRST_LOGIT } from '../../../src/methods/relaxed/bit-masks.js';
import { drawMask, probabilityOpen } from '../../../src/methods/relaxed/hard-concrete.js';
import { gridOfWidth, type IntegerGrid, nearestLevel } from '../../../src/methods/relaxed/integer-grid.js';
import { bitsOfWidths, LearnedWidth, stepsOfWidths } from '../../../src/methods/relaxed/learned-width.js';
import { SlopeTables } from '../../../src/methods/relaxed/slope-table.js';
import { setLevels } from '../../../src/methods/set-levels.js';
import { writeBytes } from '../../../src/pipeline/compress-bytes.js';
import { buildDocument, buildValue } from '../../helpers/build.js';
import { derivative } from './reference.js';

const kernels = await loadKernels();
const BITS = 5;
const COUNT = 500;
const random = new Random(3);
const numbers = Float32Array.from({ length: COUNT }, () => random.normal());
const gradients = Float32Array.from({ length: COUNT }, () => random.normal() / COUNT);
const steps = stepsOfWidths(numbers, BITS);
const STEP = steps[BITS - 2];
const factors = steps.map((step) => step / STEP);
const OPEN = 9;
const CLOSED = -9;
const FREE = [0, 0, 0];

function sampleOf(width: LearnedWidth, logits: readonly number[], seed: number): Float32Array {
  const targets = new Float32Array(COUNT);
  const by = { step: STEP, logits: Float32Array.from(logits) };
  width.sample(numbers, by, new SlopeTables(kernels, 1 / 3, { by: 'chosen', through: 1 }), new Random(seed), targets);
  return targets;
}

function gradientsOf(width: LearnedWidth, logits: readonly number[], prices: readonly number[]) {
  const into = { numbers: new Float32Array(COUNT), sums: new Float64Array(2), logits: new Float32Array(logits.length) };
  width.backward(gradients, { step: STEP, logits: Float32Array.from(logits) }, prices, into);
  return into;
}

function nearest(bits: number): Float32Array {
  const { low, high } = gridOfWidth(bits);
  const step = Math.fround(steps[bits - 2]);
  return numbers.map((number) => step * Math.max(low, Math.min(high, Math.floor(number / step + 0.5))));
}

describe('LearnedWidth', () => {
  it('gives each width the step that suits it, larger for fewer bits', () => {
    steps.forEach((step, i) => {
      if (i > 0) expect(step).toBeLessThan(steps[i - 1]);
    });
    const errors = [2, 3, 4, 5].map((bits) =>
      nearest(bits).reduce((sum, level, i) => sum + (level - numbers[i]) ** 2, 0),
    );
    // With one step for all, of the most bits, a bit less would cut the range in half.
    const high = gridOfWidth(4).high * STEP;
    const cut = numbers.reduce((sum, number) => sum + Math.max(0, Math.abs(number) - high) ** 2, 0);
    expect(errors[2]).toBeLessThan(cut);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
  });

  it('rounds to the grid that is left, and to the one below where the mask is drawn closed', () => {
    const width = new LearnedWidth(COUNT, factors);
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { z } = drawMask(FIRST_LOGIT, new Random(seed).uniform() + 2 ** -33, 0.2);
      const weights = sampleOf(width, [OPEN, OPEN, FIRST_LOGIT], seed);
      const [more, less] = [nearest(5), nearest(4)];
      weights.forEach((weight, i) => {
        expect(weight).toBeCloseTo(z * more[i] + (1 - z) * less[i], 5);
      });
      seen.add(z === 0 ? 'closed' : z === 1 ? 'open' : 'between');
    }
    expect(seen.size).toBe(3);
    for (const [logits, bits] of [
      [[OPEN, OPEN, CLOSED], 4],
      [[OPEN, CLOSED, CLOSED], 3],
      [[CLOSED, CLOSED, CLOSED], 2],
    ] as const) {
      sampleOf(width, logits, 1).forEach((weight, i) => {
        expect(weight).toBeCloseTo(nearest(bits)[i], 5);
      });
      expect(width.left(logits)).toEqual({ grid: gridOfWidth(bits), bits, factor: factors[bits - 2] });
    }
  });

  it('has the derivatives of the mixture by the outermost mask, and what that costs; others stay', () => {
    const width = new LearnedWidth(COUNT, factors);
    let moved = 0;
    for (let seed = 0; seed < 100; seed++) {
      for (const outermost of [2, 1, 0]) {
        const logits = FREE.map((_, c) => (c < outermost ? 1.5 : c === outermost ? 0.4 : CLOSED));
        const price = 0.3;
        const [more, less] = [outermost + 3, outermost + 2].map((bits) =>
          nearest(bits).reduce((sum, weight, i) => sum + weight * gradients[i], 0),
        );
        const u = new Random(seed).uniform() + 2 ** -33;
        const lossAt = (logit: number) => {
          const { z } = drawMask(logit, u, 0.2);
          return z * more + (1 - z) * less + price * probabilityOpen(logit, 0.2).p;
        };
        const exact = derivative(lossAt, 0.4);
        sampleOf(width, logits, seed);
        const found = gradientsOf(width, logits, [price, price, price]).logits;
        expect(found[outermost], `seed ${seed}`).toBeCloseTo(exact, 5);
        found.forEach((gradient, c) => {
          if (c !== outermost) expect(gradient).toBe(0);
        });
        const paid = price * probabilityOpen(0.4, 0.2).slope;
        moved += Number(Math.abs(found[outermost] - paid) > 1e-3);
      }
    }
    expect(moved).toBeGreaterThan(20);
  });

  it('hands gradients through to numbers and step as far as either grid has a part', () => {
    const width = new LearnedWidth(COUNT, factors);
    const logits = [OPEN, OPEN, 0.4];
    let between = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { z } = drawMask(0.4, new Random(seed).uniform() + 2 ** -33, 0.2);
      sampleOf(width, logits, seed);
      const { numbers: byNumber, sums } = gradientsOf(width, logits, FREE);
      const shares = [z, 1 - z];
      // The derivative of the clipped identity, and of α · factor · (level − number in steps) inside, or level outside.
      const expected = new Float64Array(COUNT);
      let byStep = 0;
      shares.forEach((share, k) => {
        const { low, high } = gridOfWidth(5 - k);
        const factor = factors[3 - k];
        const step = STEP * factor;
        numbers.forEach((number, i) => {
          const t = number / step;
          const level = Math.max(low, Math.min(high, Math.floor(t + 0.5)));
          const isInside = t > low - 0.5 && t < high + 0.5;
          if (isInside) expected[i] += share * gradients[i];
          byStep += share * factor * gradients[i] * (isInside ? level - t : level);
        });
      });
      byNumber.forEach((gradient, i) => {
        expect(gradient).toBeCloseTo(expected[i], 6);
      });
      // Of tables, at the middles of bins.
      expect(Math.abs(sums[0] - byStep)).toBeLessThan(0.01);
      between += Number(z > 0 && z < 1);
    }
    expect(between).toBeGreaterThan(3);
  });
});

describe('bitsOfWidths', () => {
  it('is what the file grows by from one width to the next, to two in a hundred', async () => {
    const [rows, columns] = [128, 400];
    const many = Float32Array.from({ length: rows * columns }, () => random.normal());
    const own = stepsOfWidths(many, BITS);
    const first = own[BITS - 2];
    const bits = bitsOfWidths(
      many,
      first,
      own.map((step) => step / first),
    );
    const bytes = await Promise.all(own.map((step, i) => bytesOf(many, Math.fround(step), gridOfWidth(i + 2))));
    for (let i = 1; i < bits.length; i++) {
      const growth = 8 * (bytes[i] - bytes[i - 1]);
      expect(Math.abs(growth / (bits[i] - bits[i - 1]) - 1)).toBeLessThan(0.02);
    }

    /** Of a .wrg with a layer of these levels. */
    async function bytesOf(weights: Float32Array, step: number, grid: IntegerGrid): Promise<number> {
      const tensor = Tensor.fromFloat32(
        'w',
        [rows, columns],
        weights.map((weight) => step * nearestLevel(weight / step, grid)),
      );
      setLevels(tensor, Float32Array.of(step));
      const document = buildDocument({
        inputs: [buildValue('x', ['N', rows])],
        outputs: [buildValue('y', ['N', columns])],
        nodes: [createNode('MatMul', ['x', 'w'], ['y'])],
        initializers: [tensor],
      });
      return (await writeBytes(document, 'wrg', {}, undefined)).bytes.length;
    }
  });
});
