/**
 * Multiplies runs of floats by a scale each: run number k by scale (first + k) mod scaleCount; run 0 has `rest` elements,
 * others `inner`.
 *
 * @param scales f32[scaleCount]
 */
export function scaleFloats(
  floats: usize,
  n: usize,
  scales: usize,
  scaleCount: usize,
  first: usize,
  rest: usize,
  inner: usize,
): void {
  const end = floats + (n << 2);
  while (floats < end) {
    const stop = min(end, floats + (rest << 2));
    const scale = load<f32>(scales + (first << 2));
    for (; floats + 16 <= stop; floats += 16) v128.store(floats, f32x4.mul(v128.load(floats), f32x4.splat(scale)));
    for (; floats < stop; floats += 4) store<f32>(floats, load<f32>(floats) * scale);
    if (++first == scaleCount) first = 0;
    rest = inner;
  }
}
