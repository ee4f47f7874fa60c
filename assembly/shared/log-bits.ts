/**
 * 2^20 · log2(x) + a constant, linear between powers of two: the bits of a positive float64 read as a number. Twin:
 * `logBits` in src/kernels/float-bits.ts.
 */
export function logBits(value: f64): f64 {
  const bits = reinterpret<u64>(value);
  return <f64>(<u32>(bits >>> 32)) + <f64>(<u32>bits) * 2.3283064365386963e-10;
}

/** The inverse of `logBits`. */
export function fromLogBits(bits: f64): f64 {
  const high = Math.floor(bits);
  const low = Math.floor((bits - high) * 4294967296);
  return reinterpret<f64>(((<u64>(<u32>high)) << 32) | (<u64>(<u32>low)));
}
