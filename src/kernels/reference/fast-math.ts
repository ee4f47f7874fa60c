/** Exponential and logarithm to base 2, the same bits in every engine. Twin: assembly/shared/fast-math.ts. */

const f = Math.fround;
const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** log2 e */
export const LOG2_E = f(Math.LOG2E);

/** (2^x − 1) / x on [−½, ½]: interpolated at Chebyshev's nodes, relative error of 2^x below 2e-7. */
const EXP2 = [0.6931471824645996, 0.2402234971523285, 0.055503811687231064, 0.00966636836528778, 0.0013381302123889327];

/** log2(1 + x) / x on [0, 1]: interpolated at Chebyshev's nodes, error of log2 below 1.2e-6. */
const LOG2 = [
  1.4426929950714111, -0.7211440801620483, 0.47749635577201843, -0.3383772075176239, 0.213943213224411,
  -0.09462680667638779, 0.02001664973795414,
];

/** 2^x for x clamped to ±126. */
export function exp2(x: number): number {
  const clamped = Math.max(-126, Math.min(126, x));
  const whole = Math.floor(f(clamped + 0.5));
  const part = f(clamped - whole);
  bits[0] = (whole + 127) << 23;
  return f(floats[0] * f(1 + f(part * horner(EXP2, part))));
}

/** For x ≥ 2^-126. Exactly 0 at 1. */
export function log2(x: number): number {
  floats[0] = x;
  const [all] = bits;
  bits[0] = (all & 0x7fffff) | 0x3f800000;
  const part = f(floats[0] - 1);
  return f((all >>> 23) - 127 + f(part * horner(LOG2, part)));
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = coefficients[coefficients.length - 1];
  for (let i = coefficients.length - 2; i >= 0; i--) sum = f(f(sum * x) + coefficients[i]);
  return sum;
}
