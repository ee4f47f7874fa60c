// Specification: src/kernels/reference/fast-math.ts.

/** 2^x for x clamped to ±126. */
// @ts-ignore: decorator
@inline
export function exp2(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.splat(-126), f32x4.pmin(f32x4.splat(126), x));
  const whole = f32x4.floor(f32x4.add(clamped, f32x4.splat(0.5)));
  const part = f32x4.sub(clamped, whole);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
  let sum = f32x4.splat(0.0013381302123889327);
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.00966636836528778));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.055503811687231064));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.2402234971523285));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.6931471824645996));
  return f32x4.mul(power, f32x4.add(f32x4.splat(1), f32x4.mul(part, sum)));
}

/** For x ≥ 2^-126. Exactly 0 at 1. */
// @ts-ignore: decorator
@inline
export function log2(x: v128): v128 {
  const ones = v128.or(v128.and(x, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const part = f32x4.sub(ones, f32x4.splat(1));
  let sum = f32x4.splat(0.02001664973795414);
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(-0.09462680667638779));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.213943213224411));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(-0.3383772075176239));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(0.47749635577201843));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(-0.7211440801620483));
  sum = f32x4.add(f32x4.mul(sum, part), f32x4.splat(1.4426929950714111));
  const exponent = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127));
  return f32x4.add(f32x4.convert_i32x4_s(exponent), f32x4.mul(part, sum));
}
