// The logarithmic grid of src/kernels/kernels.ts; both files say the same.

/** bits(2^-20) >>> 12 */
// @ts-ignore: decorator
@inline
export const MAGNITUDE_BASE: i32 = 0x35800000 >>> 12;

// @ts-ignore: decorator
@inline
export const MAGNITUDE_BUCKETS: i32 = 65536;
