import { describe, expect, it } from 'vitest';
import { pwfnPrior } from '../../src/posterior/pwfn-prior.js';

describe('pwfnPrior', () => {
  it('gives the published sigmas', () => {
    const sigmas = pwfnPrior(Float32Array.of(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.125));
    const published = [0.0025, 0.0025, 0.00040564, 0.0025, 0.00190476, 0.00040564, 0.0025, 2 ** -30];
    // Printed with eight decimals; the inputs are float32.
    published.forEach((sigma, i) => {
      expect(sigmas[i]).toBeCloseTo(sigma, 7);
    });
  });

  it('is even, and the same at every scale that is a power of two', () => {
    const weights = Float32Array.of(0.3, 0.7, 0.11, 0.9, 0.55);
    const sigmas = [...pwfnPrior(weights)];
    expect([...pwfnPrior(weights.map((w) => -w))]).toEqual(sigmas);
    expect([...pwfnPrior(weights.map((w) => w * 2 ** -140))].map((s) => s > 0 && s <= 0.05)).not.toContain(false);
    expect([...pwfnPrior(weights.map((w) => w * 2 ** 60))]).toEqual(sigmas);
  });

  it('is not disturbed by zeros', () => {
    const weights = [0.3, 0.7, 0.11, 0.9, 0.55];
    const padded = pwfnPrior(Float32Array.from([...weights, ...new Array(100).fill(0), -0]));
    expect([...padded.subarray(0, 5)]).toEqual([...pwfnPrior(Float32Array.from(weights))]);
    expect(new Set(padded.subarray(5))).toEqual(new Set([2 ** -30]));
  });

  it('stays finite where nothing or almost nothing may move', () => {
    expect([...pwfnPrior(Float32Array.of(0, 0))]).toEqual([2 ** -30, 2 ** -30]);
    expect([...pwfnPrior(Float32Array.of(1, 2, 4, 8, 8, 8, 8, 3))]).toEqual([
      ...new Array(7).fill(2 ** -30),
      Math.fround(0.05),
    ]);
    expect(pwfnPrior(new Float32Array(0))).toHaveLength(0);
  });
});
