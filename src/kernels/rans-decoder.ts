import type { RansDecoder } from './rans.js';
import { referenceRans } from './reference/rans.js';

/** The fastest decoder that this engine runs. */
export async function loadRansDecoder(): Promise<RansDecoder> {
  return referenceRans;
}
