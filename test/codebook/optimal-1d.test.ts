import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimalCodebook } from '../../src/codebook/optimal-1d.js';

/** Least error of every way to cut the sorted weights into at most k runs. */
function leastError(sorted: number[], k: number): number {
  if (sorted.length === 0) return 0;
  if (k === 0) return Number.POSITIVE_INFINITY;
  let best = Number.POSITIVE_INFINITY;
  for (let n = 1; n <= sorted.length; n++) {
    const run = sorted.slice(0, n);
    const mean = run.reduce((sum, x) => sum + x, 0) / n;
    const error = run.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    best = Math.min(best, error + leastError(sorted.slice(n), k - 1));
  }
  return best;
}

describe('optimalCodebook', () => {
  it('has the least squared error of all codebooks of its size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 4 }),
        (weights, k) => {
          const { values } = optimalCodebook(Float32Array.from(weights), k);
          const error = weights.reduce((sum, w) => sum + Math.min(...[...values].map((v) => (w - v) ** 2)), 0);
          // Means are rounded to float32.
          expect(error).toBeCloseTo(
            leastError(
              [...weights].sort((a, b) => a - b),
              k,
            ),
            4,
          );
          expect(values.length).toBeLessThanOrEqual(k);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('keeps few values as they are, −0 as 0, and does not sort its input', () => {
    const weights = Float32Array.of(3, -0, 0, -1, 3);
    const { values } = optimalCodebook(weights, 8);
    expect([...values]).toEqual([-1, 0, 3]);
    expect([...weights]).toEqual([3, -0, 0, -1, 3]);
    expect(optimalCodebook(new Float32Array(0), 4).values).toHaveLength(0);
  });
});
