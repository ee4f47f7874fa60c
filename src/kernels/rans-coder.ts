import type { RansCoder } from './rans.js';
import { referenceRans } from './reference/rans.js';

/** The fastest coder that this engine runs. */
export async function loadRansCoder(): Promise<RansCoder> {
  return referenceRans;
}
