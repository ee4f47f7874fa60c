import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernelMemory, type Kernels } from '../../src/kernels/index.js';
import { bothKernels, expectSameBits, floats, normals, RUNS, repeated } from './support.js';

const [reference, wasm] = await bothKernels();

const finite = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ min: -2, max: 2, noNaN: true }));
const number = fc.float({ min: Math.fround(1e-4), max: Math.fround(0.999), noNaN: true });
const momentumStep = fc.record({
  rate: number,
  momentum: number,
  nesterov: fc.boolean(),
  decay: fc.oneof(fc.constant(0), number),
  gradientScale: number,
});
const adamStep = fc.record({
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: fc.constant(1e-8),
  correction1: number,
  correction2: number,
  decay: fc.oneof(fc.constant(0), number),
  gradientScale: number,
});
const lengths = [0, 3, 64, 1027];

/** A NaN may have any bits. */
function sameBits(actual: Float32Array, expected: Float32Array): void {
  const canonical = (values: Float32Array) => values.map((value) => (Number.isNaN(value) ? 12345 : value));
  expectSameBits(canonical(actual), canonical(expected));
}

describe.each([reference, wasm])('stepMomentum ($name)', (kernels) => {
  it('is the textbook recursion', () => {
    // Powers of two, so that float32 and double agree: v = 0.5 · 1 + 2 · 0.25 = 1; w = 1 − 0.5 · 0.25 · 1 − 0.5 · v.
    const step = { rate: 0.5, momentum: 0.5, decay: 0.25, gradientScale: 2 };
    expect(once(kernels, { ...step, nesterov: false })).toEqual([1 - 0.125 - 0.5, 1]);
    // Nesterov goes along g + 0.5 · v = 0.5 + 0.5.
    expect(once(kernels, { ...step, nesterov: true })).toEqual([1 - 0.125 - 0.5 * 1, 1]);
  });

  it('leaves what is masked as it was, decay or not', () => {
    const weights = normals(1, 101);
    const velocities = normals(2, 101);
    const before = [weights.slice(), velocities.slice()];
    const mask = Uint8Array.from(weights, (_, i) => (i % 3 ? 255 : 0));
    const step = { rate: 0.1, momentum: 0.9, nesterov: true, decay: 0.5, gradientScale: 1 };
    kernels.stepMomentum(weights, normals(3, 101), velocities, mask, step);
    for (let i = 0; i < 101; i++) {
      expect(weights[i] === before[0][i] && velocities[i] === before[1][i], `${i}`).toBe(mask[i] === 0);
    }
  });
});

function once(kernels: Kernels, step: Parameters<Kernels['stepMomentum']>[4]): number[] {
  const [weights, velocities] = [Float32Array.of(1), Float32Array.of(1)];
  kernels.stepMomentum(weights, Float32Array.of(0.25), velocities, null, step);
  return [weights[0], velocities[0]];
}

describe.each([reference, wasm])('stepAdam ($name)', (kernels) => {
  it('moves by the rate in its first step, whatever the gradient', () => {
    const weights = new Float32Array(6);
    const gradients = Float32Array.of(1e-3, -1e-3, 1, -1, 1e3, -1e3);
    const step = { rate: 0.25, beta1: 0.9, beta2: 0.999, epsilon: 0, decay: 0, gradientScale: 1 };
    const corrections = { correction1: 1 - 0.9, correction2: 1 - 0.999 };
    kernels.stepAdam(weights, gradients, new Float32Array(6), new Float32Array(6), null, { ...step, ...corrections });
    for (let i = 0; i < 6; i++) expect(weights[i]).toBeCloseTo(i % 2 ? 0.25 : -0.25, 5);
  });

  it('follows the recursion in double', () => {
    const n = 67;
    const [weights, means, squares] = [normals(1, n), new Float32Array(n), new Float32Array(n)];
    const exact = Array.from(weights, (w) => ({ w, m: 0, s: 0 }));
    for (let t = 1; t <= 20; t++) {
      const gradients = normals(10 + t, n);
      const [correction1, correction2] = [1 - 0.9 ** t, 1 - 0.99 ** t];
      const step = { rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1, gradientScale: 0.5 };
      kernels.stepAdam(weights, gradients, means, squares, null, { ...step, correction1, correction2 });
      exact.forEach((e, i) => {
        const g = 0.5 * gradients[i];
        e.m = 0.9 * e.m + 0.1 * g;
        e.s = 0.99 * e.s + 0.01 * g * g;
        e.w -= 0.01 * 0.1 * e.w + (0.01 * (e.m / correction1)) / (Math.sqrt(e.s / correction2) + 1e-8);
      });
    }
    exact.forEach(({ w }, i) => {
      expect(weights[i]).toBeCloseTo(w, 5);
    });
  });
});

describe.each([reference, wasm])('sums ($name)', (kernels) => {
  it('average as shares say', () => {
    const target = new Float32Array(3);
    kernels.sumScaled([Float32Array.of(4, 8, -4), Float32Array.of(0, 4, 4)], [0.75, 0.25], target);
    expect(target).toEqual(Float32Array.of(3, 7, -2));
  });

  it('tell finite numbers from others, however large', () => {
    const values = normals(1, 1000).fill(2 ** 127);
    expect(kernels.sumSquares(values)).toBe(1000 * 2 ** 254);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      values[637] = bad;
      expect(Number.isFinite(kernels.sumSquares(values))).toBe(false);
    }
  });
});

describe('wasm like the reference', () => {
  it('in stepMomentum, for any numbers, in place or not', async () => {
    const own = await createKernelMemory();
    fc.assert(
      fc.property(floats(40, finite), floats(40, finite), momentumStep, fc.boolean(), (a, b, step, masked) => {
        for (const n of lengths) {
          const mask = masked ? Uint8Array.from({ length: n }, (_, i) => ((i * 7) % 5) & 1) : null;
          const [w, g, v] = [repeated(a, n), repeated(b, n), repeated(b, n).reverse()];
          const [w2, v2] = [w.slice(), v.slice()];
          reference.stepMomentum(w, g, v, mask, step);
          wasm.stepMomentum(w2, g, v2, mask, step);
          sameBits(w2, w);
          sameBits(v2, v);
        }
      }),
      RUNS,
    );
    const region = own.floats(300);
    const step = { rate: 0.1, momentum: 0.9, nesterov: false, decay: 0.1, gradientScale: 1 };
    const [w, g, v] = [normals(1, 100), normals(2, 100), normals(3, 100)];
    region.view().set([...w, ...g, ...v]);
    own.kernels.stepMomentum(region.view(0, 100), region.view(100, 200), region.view(200), null, step);
    reference.stepMomentum(w, g, v, null, step);
    expectSameBits(region.view(0, 100), w);
    expectSameBits(region.view(200), v);
  });

  it('in stepAdam, for any numbers', () => {
    fc.assert(
      fc.property(floats(40, finite), floats(40, finite), adamStep, fc.boolean(), (a, b, step, masked) => {
        for (const n of lengths) {
          const mask = masked ? Uint8Array.from({ length: n }, (_, i) => ((i * 7) % 5) & 1) : null;
          const squares = repeated(a, n).map((x) => x * x);
          const [w, g, m, s] = [repeated(a, n), repeated(b, n), repeated(b, n).reverse(), squares];
          const [w2, m2, s2] = [w.slice(), m.slice(), s.slice()];
          reference.stepAdam(w, g, m, s, mask, step);
          wasm.stepAdam(w2, g, m2, s2, mask, step);
          sameBits(w2, w);
          sameBits(m2, m);
          sameBits(s2, s);
        }
      }),
      RUNS,
    );
  });

  it('in both sums, over several blocks', () => {
    for (const n of [0, 5, 65536, 131_083]) {
      const sources = [1, 2, 3].map((seed) => normals(seed, n));
      const [expected, actual] = [new Float32Array(n), new Float32Array(n).fill(7)];
      reference.sumScaled(sources, [0.3, 0.5, 0.2], expected);
      wasm.sumScaled(sources, [0.3, 0.5, 0.2], actual);
      expectSameBits(actual, expected);
      expect(wasm.sumSquares(expected)).toBe(reference.sumSquares(expected));
    }
  });
});

describe('the memory of kernels', () => {
  it('keeps every region as it grows, zero at first, and takes kernel calls without growing', async () => {
    const memory = await createKernelMemory();
    const first = memory.floats(1000);
    first.view().fill(5);
    const second = memory.floats(20_000_000);
    expect(second.view().subarray(0, 10)).toEqual(new Float32Array(10));
    expect(first.view(998)).toEqual(Float32Array.of(5, 5));
    const view = first.view();
    const far = Array.from({ length: 8 }, (_, seed) => normals(seed, 200_000));
    memory.kernels.sumScaled(far, new Array(8).fill(0.125), second.view(0, 200_000));
    expect(view.length, 'detached').toBe(1000);
    const bytes = memory.bytes(9);
    expect(bytes.view(2, 5)).toEqual(new Uint8Array(3));
  });
});
