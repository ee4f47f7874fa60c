import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/kernels/index.js';
import {
  anyFloat,
  ascending,
  bothKernels,
  codebook,
  expectSameBits,
  floats,
  normals,
  RUNS,
  repeated,
} from './support.js';

const [reference, wasm] = await bothKernels();

function assign(kernels: Kernels, weights: Float32Array, centroids: Float32Array): Uint16Array {
  const codes = new Uint16Array(weights.length);
  kernels.assignNearest(weights, centroids, codes);
  return codes;
}

/** A float32 as an integer multiple of 2^-149, so that distances are exact. */
function exact(value: number): bigint {
  let scaled = value;
  let shift = 149n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift--;
  }
  return BigInt(scaled) << shift;
}

function nearestByDefinition(weight: number, centroids: Float32Array): number {
  if (Number.isNaN(weight) || weight === Number.POSITIVE_INFINITY) return centroids.length - 1;
  if (weight === Number.NEGATIVE_INFINITY) return 0;
  let best = 0;
  let least: bigint | undefined;
  for (const [code, centroid] of centroids.entries()) {
    const difference = exact(weight) - exact(centroid);
    const distance = difference < 0n ? -difference : difference;
    if (least === undefined || distance < least) {
      least = distance;
      best = code;
    }
  }
  return best;
}

describe.each([reference, wasm])('assignNearest ($name)', (kernels) => {
  it('takes the centroid of least exact distance, the lower one of two', () => {
    fc.assert(
      fc.property(floats(20), codebook(12), (weights, centroids) => {
        const expected = Uint16Array.from(weights, (weight) => nearestByDefinition(weight, centroids));
        expect(assign(kernels, weights, centroids)).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('gives a midpoint to the lower centroid although the sum of both does not fit a float64', () => {
    const centroids = Float32Array.of(-1e-30, 2, 6);
    // The exact midpoint of the first two is a little below 1.
    expect(assign(kernels, Float32Array.of(1, 4), centroids)).toEqual(Uint16Array.of(1, 1));
  });

  it('puts both zeros on the same side of a threshold that rounds to zero', () => {
    const tiny = 2 ** -149;
    expect(assign(kernels, Float32Array.of(0, -0), Float32Array.of(-tiny, 0))).toEqual(Uint16Array.of(1, 1));
    expect(assign(kernels, Float32Array.of(0, -0), Float32Array.of(0, tiny))).toEqual(Uint16Array.of(0, 0));
  });

  it('sends a NaN of either sign to the last centroid', () => {
    const weights = new Float32Array(Uint32Array.of(0x7fc00000, 0xffc00000, 0xffffffff, 0x7f800001).buffer);
    const many = repeated(Float32Array.of(1), 5000);
    new Uint32Array(many.buffer).set(new Uint32Array(weights.buffer));
    const codes = assign(kernels, many, Float32Array.of(-2, 0, 1, 3));
    expect([...codes.subarray(0, 5)]).toEqual([3, 3, 3, 3, 2]);
  });

  it('refuses an empty codebook and codes of another length', () => {
    expect(() => assign(kernels, Float32Array.of(1), new Float32Array(0))).toThrow(/between 1 and 65536/);
    expect(() => kernels.assignNearest(new Float32Array(2), Float32Array.of(1), new Uint16Array(3))).toThrow(/length/);
  });
});

describe('assignNearest, wasm like the reference', () => {
  it('for any weights and codebook, whatever the length modulo 16', () => {
    const longEnoughForATable = fc.integer({ min: 1020, max: 1060 });
    fc.assert(
      fc.property(floats(60), codebook(40), longEnoughForATable, (values, centroids, length) => {
        const weights = repeated(values, length);
        expectSameBits(assign(wasm, weights, centroids), assign(reference, weights, centroids));
      }),
      RUNS,
    );
  });

  it('around every threshold, for a table of each width and for search', () => {
    // Neighbours 2^bits apart need a table of at most that bucket width; the last ones none can part.
    for (const bits of [22, 19, 18, 17, 16, 15, 14, 13, 12, 11, 3, 0]) {
      const first = 0x3f800000 + 12345;
      const centroids = new Float32Array(Uint32Array.from({ length: 9 }, (_, i) => first + (i << bits)).buffer);
      const probes = new Uint32Array(9 * 64);
      for (let i = 0; i < probes.length; i++) {
        const middle = first + (i >> 6) * 2 ** bits + 2 ** bits / 2;
        probes[i] = middle + (i & 63) - 32;
      }
      const weights = repeated(new Float32Array(probes.buffer), 300_001);
      expectSameBits(assign(wasm, weights, centroids), assign(reference, weights, centroids), `${bits} bits`);
    }
  });

  it.each([1, 2, 16, 256, 4097, 65536])('for %i centroids and several blocks', (k) => {
    const centroids = ascending(normals(k, 2 * k + 8)).slice(0, k);
    const weights = normals(7, 70_003);
    expectSameBits(assign(wasm, weights, centroids), assign(reference, weights, centroids));
  });

  it('for duplicates of one awkward number', () => {
    fc.assert(
      fc.property(anyFloat, codebook(300), (value, centroids) => {
        const weights = new Float32Array(1100).fill(value);
        expectSameBits(assign(wasm, weights, centroids), assign(reference, weights, centroids));
      }),
      RUNS,
    );
  });
});
