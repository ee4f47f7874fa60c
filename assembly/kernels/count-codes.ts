/**
 * Adds a histogram of n u16 codes to four u32 histograms that are `pitch` bytes apart (0: one and the same). Four in
 * turn, because equal codes in a row would otherwise wait for each other's store.
 */
export function countCodes(codes: usize, n: i32, counts: usize, pitch: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const four = load<u64>(codes + ((<usize>i) << 1));
    increment(counts, (<u32>four) & 0xffff);
    increment(counts + pitch, (<u32>four) >>> 16);
    increment(counts + 2 * pitch, (<u32>(four >>> 32)) & 0xffff);
    increment(counts + 3 * pitch, <u32>(four >>> 48));
  }
  for (; i < n; i++) increment(counts, load<u16>(codes + ((<usize>i) << 1)));
}

/** Adds the second to fourth of the histograms of k bins to the first. */
export function foldCounts(counts: usize, pitch: usize, k: i32): void {
  for (let c = 0; c < k; c++) {
    const p = counts + ((<usize>c) << 2);
    store<u32>(p, load<u32>(p) + load<u32>(p + pitch) + load<u32>(p + 2 * pitch) + load<u32>(p + 3 * pitch));
  }
}

// @ts-ignore: decorator
@inline
function increment(counts: usize, code: u32): void {
  const p = counts + ((<usize>code) << 2);
  store<u32>(p, load<u32>(p) + 1);
}
