const F64 = new Float64Array(1);
const F64_WORDS = new Uint32Array(F64.buffer);

/** ⌊log2 |x|⌋ of a finite x ≠ 0, exactly: read from the bits, since Math.log2 differs between engines. */
export function exponentOf(x: number): number {
  F64[0] = x;
  const biased = (F64_WORDS[1] >>> 20) & 0x7ff;
  return biased === 0 ? exponentOf(x * powerOfTwo(64)) - 64 : biased - 1023;
}

/** ⌈log2 |x|⌉ of a finite x, |x| ≥ 2^-1022, exactly. */
export function ceilingExponentOf(x: number): number {
  const exponent = exponentOf(x);
  return Math.abs(x) === powerOfTwo(exponent) ? exponent : exponent + 1;
}

/** 2^exponent for an integer −1022 ≤ exponent ≤ 1023. */
export function powerOfTwo(exponent: number): number {
  F64_WORDS[1] = (exponent + 1023) << 20;
  F64_WORDS[0] = 0;
  return F64[0];
}

/**
 * sgn(x) · max(least, 2^round(log2 |x|)), and 0 for 0. The logarithm is rounded, so the border between 2^k and 2^(k+1)
 * is their geometric mean 2^(k+½).
 */
export function roundToPowerOfTwo(x: number, least: number): number {
  if (x === 0) return 0;
  const magnitude = Math.abs(x);
  const floor = powerOfTwo(exponentOf(magnitude));
  const nearest = Math.max(least, magnitude > floor * Math.SQRT2 ? 2 * floor : floor);
  return x < 0 ? -nearest : nearest;
}

/** 2^k or 1.5 · 2^k, whichever is nearest to a positive number by ratio. */
export function nearestSum(x: number): number {
  const power = powerOfTwo(exponentOf(x));
  const ratio = x / power;
  // Geometric means: √1.5 and √3.
  if (ratio * ratio < 1.5) return power;
  return ratio * ratio < 3 ? 1.5 * power : 2 * power;
}

/**
 * Approximates x by one power of two and up to `order` signed corrections, each the power of two nearest to what is
 * missing; no correction is added once |x − sum| < delta · |x|. Subia-Waud & Dasmahapatra 2022 (WFN).
 *
 * @param least smallest magnitude of a term
 */
export function approximateByPowers(x: number, order: number, delta: number, least: number): number {
  let sum = roundToPowerOfTwo(x, least);
  for (let j = 0; j < order; j++) {
    if (sum === 0 || Math.abs(x - sum) < delta * Math.abs(x)) break;
    sum += roundToPowerOfTwo(x - sum, least);
  }
  return sum;
}

/**
 * Every sum of at most `order` powers of two of one sign (repetition allowed) with magnitude at most `limit`, and 0.
 * The powers are 2^leastExponent … 2^(⌈log2 limit⌉ − 1). Subia-Waud & Dasmahapatra 2023 (PWFN).
 *
 * @param limit finite, ≥ 0
 * @param most  a bound on the number of sums of each sign, for large weights have very many
 * @returns     f32[k], ascending, distinct; null when there are more than `most`
 */
export function sumsOfPowers(
  leastExponent: number,
  limit: number,
  order: number,
  most = Number.POSITIVE_INFINITY,
): Float32Array | null {
  const powers: number[] = [];
  if (limit > 0) {
    for (let e = leastExponent; e < ceilingExponentOf(limit); e++) powers.push(powerOfTwo(e));
  }
  const sums = new Set([0]);
  for (let terms = 0; terms < order; terms++) {
    for (const sum of [...sums]) {
      if (sums.size > most) return null;
      for (const power of powers) if (sum + power <= limit) sums.add(sum + power);
    }
  }
  return symmetric(sums);
}

/** The magnitudes, their negatives and nothing twice, rounded to float32. @returns f32[k], ascending, distinct, no −0 */
export function symmetric(magnitudes: Iterable<number>): Float32Array {
  const values = new Set<number>();
  for (const magnitude of magnitudes) {
    const value = Math.fround(magnitude);
    values.add(value + 0);
    values.add(0 - value);
  }
  return Float32Array.from(values).sort();
}
