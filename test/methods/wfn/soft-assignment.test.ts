import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/core/index.js';
import { SoftAssignment, softAssignment } from '../../../src/methods/wfn/soft-assignment.js';

const GAMMA0 = 1 / 128;
const WORKED = [0.001, -0.003, 0.015, 0.016, 0.02, 0.06, 0.13, -0.27, 0.3, 0.11];
const CENTROIDS = Float32Array.of(-0.25, 0, 0.015625, 0.125);

/** As the formula says, with the engine's own exponential. */
function literal(w: number, centroids: readonly number[]): number {
  const distances = centroids.map((c) =>
    Math.abs(w) > GAMMA0 ? Math.abs(w - c) / Math.abs(w) : c === 0 ? 0 : Math.abs(w - c),
  );
  const weights = distances.map((d) => Math.exp(-d / 0.05));
  return distances.reduce((sum, d, k) => sum + d * weights[k], 0) / weights.reduce((a, b) => a + b, 0);
}

describe('the regularizer of WFN', () => {
  it('is, on the worked vector, nearly the distance to the nearest centroid', () => {
    const values = WORKED.map((w) => softAssignment(w, CENTROIDS, GAMMA0).value);
    // |w − c| / |w| of the nearest; below γ0 zero is at distance 0, and the softness of the choice adds the little there is.
    const nearest = [0, 0, 1 / 24, 3 / 128, 7 / 32, 71 / 96, 1 / 26, 2 / 27, 7 / 12, 3 / 22];
    values.forEach((value, i) => {
      expect(value).toBeGreaterThan(nearest[i] - 1e-6);
      expect(value).toBeLessThan(nearest[i] + 0.015);
    });
  });

  it('is the formula, and its slope the derivative', () => {
    const random = new Random(2);
    for (let i = 0; i < 300; i++) {
      const centroids = Float32Array.from({ length: 1 + random.below(20) }, (_, k) => (k ? 0.3 * random.normal() : 0));
      const w = 0.2 * random.normal();
      const step = 1e-7;
      const near = [...centroids, GAMMA0, -GAMMA0, 0].some((c) => Math.abs(w - c) < 2 * step);
      if (near) continue;
      const { value, slope } = softAssignment(w, centroids, GAMMA0);
      expect(value).toBeCloseTo(literal(w, [...centroids]), 7);
      const difference = (literal(w + step, [...centroids]) - literal(w - step, [...centroids])) / (2 * step);
      expect(Math.abs(slope - difference), `${w}`).toBeLessThan(1e-3 * (1 + Math.abs(difference)));
    }
  });

  it('is tabulated to a thousandth, and what is fixed has no part', () => {
    const weights = Float32Array.from({ length: 500 }, (_, i) => 0.1 * new Random(3).fork(i).normal());
    const open = Uint8Array.from(weights, (_, i) => Number(i % 5 > 0));
    const gradients = new Float32Array(500).fill(1);
    const sum = new SoftAssignment(CENTROIDS, GAMMA0).add(weights, open, gradients, 2);
    const exact = weights.reduce((total, w, i) => total + (open[i] ? literal(w, [...CENTROIDS]) : 0), 0);
    expect(sum / exact).toBeCloseTo(1, 3);
    gradients.forEach((gradient, i) => {
      if (!open[i]) expect(gradient).toBe(1);
    });
  });
});
