import { BIT, log2 } from '../../codec/index.js';

/** A count weighs this much against the guess for levels that have not been seen. */
const WEIGHT = 16;

/**
 * What an entropy coder with a table a tensor charges for levels of a magnitude, the sign of one that is not 0 included.
 * A magnitude that was not seen costs as if it had been seen a sixteenth of a time. Integers: the same floats in every engine.
 *
 * @param counts of magnitudes 0, 1, …, fewer than 2^26 in all
 * @param bits   f32[as many], written
 * @returns the bits of all that was counted
 */
export function bitsOfLevels(counts: Uint32Array, bits: Float32Array): number {
  let total = 0;
  let sum = 0;
  for (let level = 0; level < counts.length; level++) sum += WEIGHT * counts[level] + 1;
  for (let level = 0; level < counts.length; level++) {
    bits[level] = (log2(sum) - log2(WEIGHT * counts[level] + 1)) / BIT + (level === 0 ? 0 : 1);
    total += counts[level] * bits[level];
  }
  return total;
}
