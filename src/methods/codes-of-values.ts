import { type Codebook, WringError } from '../core/index.js';

/** Codes are u16. */
const MOST_VALUES = 65536;

/**
 * The codebook of the numbers that there are, and the code of each.
 *
 * @param numbers finite; −0 counts as 0
 * @throws {WringError} E_OPTION when there are more distinct ones than codes
 */
export function codesOfValues(numbers: Float32Array): { readonly codebook: Codebook; readonly codes: Uint16Array } {
  const values = Float32Array.from(new Set(numbers)).sort();
  // A set takes −0 for 0, and keeps whichever came first.
  for (let k = 0; k < values.length; k++) values[k] += 0;
  if (values.length > MOST_VALUES) {
    throw new WringError('E_OPTION', `More than ${MOST_VALUES} shared values are needed; choose a larger delta`);
  }
  const codeOf = new Map<number, number>();
  values.forEach((value, code) => {
    codeOf.set(value, code);
  });
  return { codebook: { values }, codes: Uint16Array.from(numbers, (number) => codeOf.get(number)!) };
}
