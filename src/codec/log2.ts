/** Costs are integers in 1/4096 bit. */
export const BIT = 4096;

/**
 * log2(value) in 1/4096, rounded down, by repeated squaring in integers: the same in every engine.
 *
 * @param value integer, 1 ≤ value < 2^31
 */
export function log2(value: number): number {
  const octave = 31 - Math.clz32(value);
  // Mantissa in [2^15, 2^16).
  let mantissa = octave > 15 ? value >>> (octave - 15) : value << (15 - octave);
  let result = octave;
  for (let i = 0; i < 12; i++) {
    mantissa = Math.floor((mantissa * mantissa) / 32768);
    result *= 2;
    if (mantissa >= 65536) {
      mantissa >>>= 1;
      result++;
    }
  }
  return result;
}
