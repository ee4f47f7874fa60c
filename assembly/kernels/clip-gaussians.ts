import { exp2 } from "../shared/fast-math";

/** Clips log-variances, writes variances, clips means; src/kernels/prior-kernels.ts says where to. */
export function clipGaussians(
  means: usize,
  logVariances: usize,
  variances: usize,
  n: i32,
  lowest: f32,
  highest: f32,
  outermost: f32,
  border: f32,
): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const logs = clamp(v128.load(logVariances + at), f32x4.splat(lowest), f32x4.splat(highest));
    const variance = exp2(f32x4.mul(logs, f32x4.splat(1.4426950408889634)));
    const limit = f32x4.add(f32x4.splat(outermost), f32x4.mul(f32x4.splat(border), f32x4.sqrt(variance)));
    v128.store(logVariances + at, logs);
    v128.store(variances + at, variance);
    v128.store(means + at, clamp(v128.load(means + at), f32x4.neg(limit), limit));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const log = min<f32>(highest, max<f32>(lowest, load<f32>(logVariances + at)));
    const variance = f32x4.extract_lane(exp2(f32x4.splat(log * <f32>1.4426950408889634)), 0);
    const limit = outermost + border * sqrt<f32>(variance);
    store<f32>(logVariances + at, log);
    store<f32>(variances + at, variance);
    store<f32>(means + at, min<f32>(limit, max<f32>(-limit, load<f32>(means + at))));
  }
}

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.min(high, f32x4.max(low, x));
}
