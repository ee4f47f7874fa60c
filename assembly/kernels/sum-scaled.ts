/** target[i] = scale · source[i] for the first of several sources, target[i] += scale · source[i] for the others. */
export function addScaled(source: usize, n: i32, scale: f32, target: usize, first: i32): void {
  const scale4 = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    const scaled = f32x4.mul(scale4, v128.load(source + at));
    v128.store(target + at, first ? scaled : f32x4.add(v128.load(target + at), scaled));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const scaled = scale * load<f32>(source + at);
    store<f32>(target + at, first ? scaled : load<f32>(target + at) + scaled);
  }
}
