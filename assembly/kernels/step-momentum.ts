/**
 * One step of gradient descent with momentum on n weights; src/kernels/optimizer-kernels.ts has the formula.
 *
 * @param mask  u8[n], where 0 nothing changes; 0: no mask
 * @param decay rate · decay of the formula
 */
export function stepMomentum(
  weights: usize,
  gradients: usize,
  velocities: usize,
  mask: usize,
  n: i32,
  gradientScale: f32,
  momentum: f32,
  nesterov: i32,
  rate: f32,
  decay: f32,
): void {
  const scale4 = f32x4.splat(gradientScale);
  const momentum4 = f32x4.splat(momentum);
  const rate4 = f32x4.splat(rate);
  const decay4 = f32x4.splat(decay);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const w = v128.load(weights + at);
    const v = v128.load(velocities + at);
    const g = f32x4.mul(scale4, v128.load(gradients + at));
    let velocity = f32x4.add(f32x4.mul(momentum4, v), g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(momentum4, velocity)) : velocity;
    let moved = f32x4.sub(f32x4.sub(w, f32x4.mul(decay4, w)), f32x4.mul(rate4, direction));
    if (mask) {
      const free = freeLanes(mask + <usize>i);
      velocity = v128.bitselect(velocity, v, free);
      moved = v128.bitselect(moved, w, free);
    }
    v128.store(velocities + at, velocity);
    v128.store(weights + at, moved);
  }
  for (; i < n; i++) {
    if (mask && load<u8>(mask + <usize>i) == 0) continue;
    const at = (<usize>i) << 2;
    const w = load<f32>(weights + at);
    const g = gradientScale * load<f32>(gradients + at);
    const velocity = momentum * load<f32>(velocities + at) + g;
    const direction = nesterov ? g + momentum * velocity : velocity;
    store<f32>(velocities + at, velocity);
    store<f32>(weights + at, w - decay * w - rate * direction);
  }
}

/** Four mask bytes as lanes of ones where they are not 0. */
// @ts-ignore: decorator
@inline
export function freeLanes(mask: usize): v128 {
  const bytes = v128.load32_zero(mask);
  const lanes = v128.extend_low<u16>(v128.extend_low<u8>(bytes));
  return i32x4.ne(lanes, i32x4.splat(0));
}
