// Specification: src/kernels/grid-kernels.ts.

/** bins[i] = ⌊numbers[i] · scale + offset⌋, at most `last`; targets[i] = values[bins[i]]. */
export function roundToBins(
  numbers: usize,
  n: i32,
  scale: f32,
  offset: f32,
  values: usize,
  last: f32,
  bins: usize,
  targets: usize,
): void {
  const end = numbers + (((<usize>n) & ~3) << 2);
  for (; numbers < end; numbers += 16, bins += 8, targets += 16) {
    const four = binsOf(v128.load(numbers), scale, offset, last);
    v128.store64_lane(bins, i16x8.narrow_i32x4_u(four, four), 0);
    let found = v128.load32_zero(at(values, i32x4.extract_lane(four, 0)));
    found = v128.load32_lane(at(values, i32x4.extract_lane(four, 1)), found, 1);
    found = v128.load32_lane(at(values, i32x4.extract_lane(four, 2)), found, 2);
    v128.store(targets, v128.load32_lane(at(values, i32x4.extract_lane(four, 3)), found, 3));
  }
  for (let i = n & 3; i > 0; i--, numbers += 4, bins += 2, targets += 4) {
    const bin = i32x4.extract_lane(binsOf(v128.load32_zero(numbers), scale, offset, last), 0);
    store<u16>(bins, bin);
    store<f32>(targets, load<f32>(at(values, bin)));
  }
}

// @ts-ignore: decorator
@inline
function binsOf(numbers: v128, scale: f32, offset: f32, last: f32): v128 {
  const place = f32x4.add(f32x4.mul(numbers, f32x4.splat(scale)), f32x4.splat(offset));
  return i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(last), place)));
}

/** targets[i] = gradients[i] · slopes[bins[i]]; sums[bins[i]] += gradients[i]. */
export function weighByBins(gradients: usize, bins: usize, n: i32, slopes: usize, targets: usize, sums: usize): void {
  const end = gradients + ((<usize>n) << 2);
  for (; gradients < end; gradients += 4, bins += 2, targets += 4) {
    const gradient = load<f32>(gradients);
    const bin = load<u16>(bins);
    const sum = sums + ((<usize>bin) << 3);
    store<f64>(sum, load<f64>(sum) + <f64>gradient);
    store<f32>(targets, gradient * load<f32>(at(slopes, bin)));
  }
}

// @ts-ignore: decorator
@inline
function at(values: usize, bin: i32): usize {
  return values + ((<usize>bin) << 2);
}
