const F32 = new Float32Array(1);
const F32_BITS = new Uint32Array(F32.buffer);
const F64 = new Float64Array(1);
const F64_WORDS = new Uint32Array(F64.buffer);

export function floatBits(value: number): number {
  F32[0] = value;
  return F32_BITS[0];
}

export function floatFromBits(bits: number): number {
  F32_BITS[0] = bits;
  return F32[0];
}

/** Order-preserving integer of a float32: key(a) < key(b) iff a < b; −0 lies just below +0. */
export function floatKey(value: number): number {
  const bits = floatBits(value);
  return (bits ^ ((bits >> 31) | 0x80000000)) >>> 0;
}

export function floatFromKey(key: number): number {
  return floatFromBits(key & 0x80000000 ? key ^ 0x80000000 : ~key);
}

/** The largest float32 that is not above `value`. */
export function floorToFloat(value: number): number {
  const rounded = Math.fround(value);
  return rounded > value ? floatFromKey(floatKey(rounded === 0 ? -0 : rounded) - 1) : rounded;
}

/**
 * 2^20 · log2(x) + a constant, linear between powers of two: the bits of a positive float64 read as a number. Monotone and
 * the same in every engine, which Math.log is not. Twin: `logBits` in assembly/shared/log-bits.ts.
 */
export function logBits(value: number): number {
  F64[0] = value;
  return F64_WORDS[1] + F64_WORDS[0] * 2 ** -32;
}

/** The inverse of {@link logBits}. */
export function fromLogBits(bits: number): number {
  F64_WORDS[1] = Math.floor(bits);
  F64_WORDS[0] = Math.floor((bits - Math.floor(bits)) * 2 ** 32);
  return F64[0];
}
