/**
 * Writes where symbols are `first` or above, in ascending order. Reads up to 15 bytes beyond the symbols.
 *
 * @param first     0 … 256; no symbol is 256
 * @param positions u32[n]
 * @returns how many there are
 */
export function findEscapes(symbols: usize, n: i32, first: i32, positions: usize): i32 {
  if (first > 255) return 0;
  const least = i8x16.splat(<i8>first);
  const start = positions;
  for (let i = 0; i < n; i += 16) {
    let bits = i8x16.bitmask(i8x16.ge_u(v128.load(symbols + i), least));
    if (n - i < 16) bits &= (1 << (n - i)) - 1;
    for (; bits != 0; bits &= bits - 1, positions += 4) store<u32>(positions, i + ctz(bits));
  }
  return <i32>((positions - start) >> 2);
}
