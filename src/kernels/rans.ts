/** Frequencies of one context add up to 2^12. */
export const RANS_BITS = 12;
export const RANS_TOTAL = 1 << RANS_BITS;
/** States live in [2^16, 2^32) and are refilled by words of 16 bits. */
export const RANS_LOW = 0x10000;

/**
 * Interleaved static rANS. Symbol i belongs to lane i mod `lanes`; `lanes` is 1, 4 or 16. A stream is the lanes' first
 * states (u32 each), then words (u16), little-endian, in the order in which the decoder takes them.
 *
 * `frequencies` is u16[contexts × alphabet], alphabet ≤ 256, each row adding up to 4096, each entry ≤ 4095 (a row of one symbol
 * only gives another symbol frequency 1). Symbol i has row `contexts[i]`.
 */
export interface RansEncoder {
  /** The stream of `symbols`; each must have a frequency in its context. */
  encodeRans(
    symbols: Uint8Array,
    frequencies: Uint16Array,
    alphabet: number,
    contexts: Uint8Array,
    lanes: number,
  ): Uint8Array;
}
