// Interleaved static rANS, encoding. Specification: src/kernels/rans.ts and src/kernels/reference/rans.ts.

/** What the encoder needs of a symbol in a context: f64 1/frequency, u32 start, u32 frequency. */
const ENTRY_BYTES: usize = 16;

/** Fills one table per context; entries[context × alphabet + symbol]. */
export function buildRansEntries(frequencies: usize, alphabet: i32, contexts: i32, entries: usize): void {
  for (let context = 0; context < contexts; context++) {
    let start: u32 = 0;
    for (let symbol = 0; symbol < alphabet; symbol++) {
      const frequency = <u32>load<u16>(frequencies);
      frequencies += 2;
      store<f64>(entries, 1.0 / <f64>frequency);
      store<u32>(entries, start, 8);
      store<u32>(entries, frequency, 12);
      entries += ENTRY_BYTES;
      start += frequency;
    }
  }
}

/**
 * Encodes from the last symbol to the first; words are written downwards from `end`, at most one a symbol.
 *
 * The quotient comes from a double: 2^32 · 2^-53 of error can make it one too small or too large, never more, and the
 * remainder tells. (The usual 32-bit reciprocal is wrong here for states above 2^31 and frequencies of 2048 or more.)
 *
 * @param states u32[lanes], in and out
 * @returns where the first word is, or 0 for a symbol of no frequency
 */
export function encodeRans(
  symbols: usize,
  n: i32,
  contexts: usize,
  entries: usize,
  alphabet: i32,
  states: usize,
  lanes: i32,
  end: usize,
): usize {
  let words = end;
  for (let i = n - 1; i >= 0; i--) {
    const lane = states + ((<usize>(i & (lanes - 1))) << 2);
    const entry = entries + <usize>(<i32>load<u8>(contexts + i) * alphabet + <i32>load<u8>(symbols + i)) * ENTRY_BYTES;
    const frequency = load<u32>(entry, 12);
    if (frequency == 0) return 0;
    let state = load<u32>(lane);
    // frequency · 2^20 is the first state that would not fit after coding.
    const full = state >>> 20 >= frequency;
    store<u16>(words - 2, <u16>state);
    words -= full ? 2 : 0;
    state = full ? state >>> 16 : state;
    let quotient = <u32>(<f64>state * load<f64>(entry));
    let rest = <i32>(state - quotient * frequency);
    if (rest < 0) {
      quotient--;
      rest += <i32>frequency;
    } else if (<u32>rest >= frequency) {
      quotient++;
      rest -= <i32>frequency;
    }
    store<u32>(lane, (quotient << 12) + <u32>rest + load<u32>(entry, 8));
  }
  return words;
}
