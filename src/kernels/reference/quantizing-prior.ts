import { assertSameLength } from '../arguments.js';
import { type PriorSums, priorNumbers, type QuantizingPrior } from '../prior-kernels.js';
import { exp2, LOG2_E, log2 } from './fast-math.js';

const f = Math.fround;
/** Of a distance from a level, squared, that counts as none. */
const LEAST = f(1e-20);
const K1 = f(0.63576);
const K1_K3 = f(0.63576 * 1.48695);
const K2_LOG2_E = f(1.8732 * Math.LOG2E);
const K3 = f(1.48695);
const HALF_LN2 = f(Math.LN2 / 2);
/** 1 / τ², and what 2 has to be raised to for Ω: log2 e / 2τ² */
const INVERSE_TAU2 = f(1 / 0.140625);
const WINDOW = f(-Math.LOG2E / 0.28125);

/** See PriorKernels.addQuantizingPrior. */
export function addQuantizingPrior(
  means: Float32Array,
  logVariances: Float32Array,
  variances: Float32Array,
  prior: QuantizingPrior,
  meanGradients: Float32Array,
  varianceGradients: Float32Array,
): PriorSums {
  for (const array of [logVariances, variances, meanGradients, varianceGradients]) {
    assertSameLength('an array of the prior', array, 'means', means);
  }
  const [inverse, inverse2, shift, meanStrength, strength, logK, outermost, border] = priorNumbers(prior);
  const divergences = new Float64Array(4);
  const unitGradients = new Float64Array(4);
  for (let i = 0; i < means.length; i++) {
    const x = f(means[i] * inverse);
    const v = f(variances[i] * inverse2);
    const inverseV = f(1 / v);
    const logV = f(f(logVariances[i] * LOG2_E) + shift);
    const c = f(logK * exp2(f(f(-2 * LOG2_E) * v)));
    const cSlope = f(f(2 * v) * c);
    let value = 0;
    let byX = 0;
    let byLog = 0;
    let windows = 0;
    let windowsByX = 0;
    for (let k = -prior.levels; k <= prior.levels; k++) {
      if (k === 0) continue;
      const d = f(x - k);
      const [own, slope, d2] = logUniform(d, inverseV, logV);
      const window = exp2(f(WINDOW * d2));
      const windowByX = f(f(-INVERSE_TAU2 * d) * window);
      const height = f(own - c);
      value = f(value + f(window * height));
      byX = f(byX + f(f(window * byDistance(slope, d, d2)) + f(windowByX * height)));
      byLog = f(byLog + f(window * f(slope + cSlope)));
      windows = f(windows + window);
      windowsByX = f(windowsByX + windowByX);
    }
    const [own, slope, d2] = logUniform(x, inverseV, logV);
    const rest = Math.max(f(1 - windows), 0);
    const restByX = rest > 0 ? -windowsByX : 0;
    const middle = exp2(f(WINDOW * d2));
    const height = f(own - f(middle * c));
    value = f(value + f(rest * height));
    const heightByX = f(byDistance(slope, x, d2) + f(f(f(INVERSE_TAU2 * x) * middle) * c));
    byX = f(byX + f(f(rest * heightByX) + f(restByX * height)));
    byLog = f(byLog + f(rest * f(slope + f(middle * cSlope))));
    const byMean = f(meanGradients[i] - f(meanStrength * byX));
    const limit = f(outermost + f(border * f(Math.sqrt(variances[i]))));
    const leaves = Math.abs(means[i]) >= limit && f(means[i] * byMean) < 0;
    meanGradients[i] = leaves ? 0 : byMean;
    varianceGradients[i] = f(varianceGradients[i] * variances[i]) - f(strength * byLog);
    divergences[i & 3] -= value;
    unitGradients[i & 3] += f(f(x * byX) + f(2 * byLog));
  }
  return foldPriorSums(divergences, unitGradients, inverse);
}

export function foldPriorSums(divergences: Float64Array, unitGradients: Float64Array, inverse: number): PriorSums {
  const [divergence, unitGradient] = [divergences, unitGradients].map(([a, b, c, d]) => a + b + (c + d));
  return { divergence, unitGradient: unitGradient * inverse };
}

/** F of the log-uniform prior, ∂F / ∂ log σ², d². */
function logUniform(d: number, inverseV: number, logV: number): [value: number, slope: number, d2: number] {
  const d2 = Math.max(f(d * d), LEAST);
  const q = f(d2 * inverseV);
  const p = exp2(f(f(K3 * f(log2(d2) - logV)) - K2_LOG2_E));
  const s = f(1 / f(1 + p));
  const ps = f(p * s);
  const onePlus = f(1 + q);
  const value = f(f(-K1 * ps) - f(HALF_LN2 * log2(onePlus)));
  const slope = f(f(K1_K3 * f(ps * s)) + f(f(0.5 * q) / onePlus));
  return [value, slope, d2];
}

function byDistance(slope: number, d: number, d2: number): number {
  return f(f(f(-2 * slope) * d) / d2);
}
