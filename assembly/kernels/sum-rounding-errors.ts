/**
 * What rounding one row at each of `count` scales would cost, in squares of the scale.
 * Specification: src/kernels/reference/sum-rounding-errors.ts.
 *
 * Sixteen sums in four vectors hide the latency of an addition. The comparison is pmin and not min: engines for x64 make nine
 * instructions of f32x4.min, which is 2.7 times slower here (WebAssembly/simd#186).
 *
 * @param row      f32[length], overwritten by magnitudes; length is a multiple of 16, filled up with 0
 * @param inverses f32[count]
 * @param sums     f32[count]
 */
export function sumRoundingErrors(
  row: usize,
  length: i32,
  inverses: usize,
  count: i32,
  levels: f32,
  sums: usize,
): void {
  const end = row + ((<usize>length) << 2);
  for (let p = row; p < end; p += 16) v128.store(p, f32x4.abs(v128.load(p)));
  const highest = f32x4.splat(levels);
  for (let k = 0; k < count; k++) {
    const inverse = v128.load32_splat(inverses + ((<usize>k) << 2));
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let p = row; p < end; p += 64) {
      a = f32x4.add(a, squaredError(f32x4.mul(v128.load(p), inverse), highest));
      b = f32x4.add(b, squaredError(f32x4.mul(v128.load(p, 16), inverse), highest));
      c = f32x4.add(c, squaredError(f32x4.mul(v128.load(p, 32), inverse), highest));
      d = f32x4.add(d, squaredError(f32x4.mul(v128.load(p, 48), inverse), highest));
    }
    const s = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    const low = f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1);
    const high = f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3);
    store<f32>(sums + ((<usize>k) << 2), low + high);
  }
}

// @ts-ignore: decorator
@inline
function squaredError(t: v128, highest: v128): v128 {
  const error = f32x4.sub(t, f32x4.nearest(f32x4.pmin(highest, t)));
  return f32x4.mul(error, error);
}
