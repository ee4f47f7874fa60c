// Order-preserving integers of float32 numbers: a < b iff key(a) < key(b), unsigned; −0 lies just below +0.
//
//   sign 1: all bits flip      sign 0: the sign bit flips
//   −∞ 0x007fffff … −0 0x7fffffff | +0 0x80000000 … +∞ 0xff800000, NaN above

// @ts-ignore: decorator
@inline
export function keyFromBits(bits: u32): u32 {
  return bits ^ ((<u32>((<i32>bits) >> 31)) | 0x80000000);
}

// @ts-ignore: decorator
@inline
export function bitsFromKey(key: u32): u32 {
  return key ^ ((<u32>((<i32>~key) >> 31)) | 0x80000000);
}

/** NaN of either sign becomes the largest key. */
// @ts-ignore: decorator
@inline
export function keyOrLast(value: f32): u32 {
  return value == value ? keyFromBits(reinterpret<u32>(value)) : 0xffffffff;
}

// @ts-ignore: decorator
@inline
export function keyFromBits4(bits: v128): v128 {
  return v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), i32x4.splat(0x80000000)));
}

/** Four keys at once; NaN of either sign becomes the largest key. */
// @ts-ignore: decorator
@inline
export function keyOrLast4(values: v128): v128 {
  return v128.or(keyFromBits4(values), f32x4.ne(values, values));
}
