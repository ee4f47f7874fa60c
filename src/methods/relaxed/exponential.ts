/** log2 e, and ln 2 in two parts, the first of few bits, so that its small multiples are exact. */
const LOG2_E = Math.LOG2E;
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LIMIT = 700;
/** 2^-1023 … 2^1023; below the least normal number 0. */
const POWERS = Float64Array.from({ length: 2047 }, (_, i) => (i === 0 ? 0 : 2 ** (i - 1023)));

/**
 * eˣ within 1e-11 of its value, by additions and multiplications of float64 in this order, so that every engine gives the same
 * bits, which Math.exp does not.
 *
 * @param x taken for ±700 beyond
 */
export function exponential(x: number): number {
  const bounded = Math.max(-LIMIT, Math.min(LIMIT, x));
  const k = Math.floor(bounded * LOG2_E + 0.5);
  const r = bounded - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  return sum * POWERS[k + 1023];
}

export function sigmoid(x: number): number {
  return 1 / (1 + exponential(-x));
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
/** Where the sign and the exponent are. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * ln x within 1e-11, in the same way.
 *
 * @param x a positive normal number
 */
export function logarithm(x: number): number {
  float[0] = x;
  let k = (words[HIGH] >> 20) - 1023;
  words[HIGH] = (words[HIGH] & 0x000fffff) | 0x3ff00000;
  let m = float[0];
  if (m > Math.SQRT2) {
    m *= 0.5;
    k += 1;
  }
  // ln m = 2 artanh((m − 1) / (m + 1))
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let sum = 1 / 13;
  sum = sum * z + 1 / 11;
  sum = sum * z + 1 / 9;
  sum = sum * z + 1 / 7;
  sum = sum * z + 1 / 5;
  sum = sum * z + 1 / 3;
  sum = sum * z + 1;
  return k * LN2_HIGH + (2 * s * sum + k * LN2_LOW);
}
