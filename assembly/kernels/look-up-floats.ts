/**
 * floats[i] = values[symbols[i]]. Writes up to twelve bytes beyond the end.
 *
 * @param values f32[256]
 */
export function lookUpFloats(symbols: usize, n: i32, values: usize, floats: usize): void {
  const end = symbols + <usize>n;
  for (; symbols < end; symbols += 4, floats += 16) {
    let four = v128.load32_zero(at(values, load<u8>(symbols)));
    four = v128.load32_lane(at(values, load<u8>(symbols, 1)), four, 1);
    four = v128.load32_lane(at(values, load<u8>(symbols, 2)), four, 2);
    four = v128.load32_lane(at(values, load<u8>(symbols, 3)), four, 3);
    v128.store(floats, four);
  }
}

// @ts-ignore: decorator
@inline
function at(values: usize, symbol: u32): usize {
  return values + ((<usize>symbol) << 2);
}
