import { assertIndex } from '../arguments.js';

/** See {@link Kernels.countCodes}. */
export function countCodes(codes: Uint16Array, counts: Uint32Array): void {
  let largest = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] > largest) largest = codes[i];
  if (codes.length > 0) assertIndex('codes', largest, counts.length);
  for (let i = 0; i < codes.length; i++) counts[codes[i]]++;
}
