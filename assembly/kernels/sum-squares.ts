/**
 * Adds the squares of n floats to eight sums in double: element i to sums[i mod 8].
 *
 * @param sums f64[8]
 */
export function sumSquares(values: usize, n: i32, sums: usize): void {
  let sum01 = v128.load(sums);
  let sum23 = v128.load(sums, 16);
  let sum45 = v128.load(sums, 32);
  let sum67 = v128.load(sums, 48);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const p = values + ((<usize>i) << 2);
    sum01 = addSquares(sum01, v128.load64_zero(p));
    sum23 = addSquares(sum23, v128.load64_zero(p, 8));
    sum45 = addSquares(sum45, v128.load64_zero(p, 16));
    sum67 = addSquares(sum67, v128.load64_zero(p, 24));
  }
  v128.store(sums, sum01);
  v128.store(sums, sum23, 16);
  v128.store(sums, sum45, 32);
  v128.store(sums, sum67, 48);
  for (; i < n; i++) {
    const value = <f64>load<f32>(values + ((<usize>i) << 2));
    const p = sums + ((<usize>(i & 7)) << 3);
    store<f64>(p, load<f64>(p) + value * value);
  }
}

// @ts-ignore: decorator
@inline
function addSquares(sum: v128, floats: v128): v128 {
  const values = f64x2.promote_low_f32x4(floats);
  return f64x2.add(sum, f64x2.mul(values, values));
}
