import { exp2 } from "../shared/fast-math";

/** targets[i] = e^values[i]. */
export function exponentials(values: usize, n: i32, targets: usize): void {
  const log2e = f32x4.splat(1.4426950408889634);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(targets + at, exp2(f32x4.mul(v128.load(values + at), log2e)));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const power = exp2(f32x4.mul(f32x4.splat(load<f32>(values + at)), log2e));
    store<f32>(targets + at, f32x4.extract_lane(power, 0));
  }
}
