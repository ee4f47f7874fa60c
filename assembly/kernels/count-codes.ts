/**
 * Adds a histogram of n u16 codes to four u32 histograms that are `pitch` bytes apart (0: one and the same). Four in
 * turn, because equal codes in a row would otherwise wait for each other's store.
 */
export function countCodes(codes: usize, n: i32, counts: usize, pitch: usize): void {
  const counts1 = counts + pitch;
  const counts2 = counts1 + pitch;
  const counts3 = counts2 + pitch;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const p = codes + ((<usize>i) << 1);
    increment(counts, load<u16>(p));
    increment(counts1, load<u16>(p, 2));
    increment(counts2, load<u16>(p, 4));
    increment(counts3, load<u16>(p, 6));
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
