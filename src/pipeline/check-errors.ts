import type { Document } from '../core/index.js';
import { DistanceMeter } from '../evaluation/index.js';
import { type CompressibleOptions, listCompressible } from './clean-up.js';

/** A tensor whose error is not what its file says. */
export interface BrokenClaim {
  readonly name: string;
  /** dB; null: equal. `undefined`: nothing claimed. */
  readonly claimed: number | null | undefined;
  /** `undefined`: not there, or of another shape. */
  readonly found: number | null | undefined;
}

/** Claims are rounded to a tenth of a dB; sums may differ in their last digits. */
const TOLERANCE = 0.051;

/**
 * Holds the errors that a file claims, one a compressed tensor, against those that it has.
 *
 * @param original after `cleanUp` with the options of the file's recipe
 */
export function checkErrors(
  original: Document,
  compressed: Document,
  claims: readonly (number | null)[],
  options: CompressibleOptions,
): { readonly count: number; readonly lowest: number | null; readonly broken: readonly BrokenClaim[] } {
  const before = listCompressible(original, options);
  const after = listCompressible(compressed, options);
  const broken: BrokenClaim[] = [];
  let lowest: number | null = null;
  const count = Math.max(before.length, claims.length);
  for (let i = 0; i < count; i++) {
    const claimed = claims[i];
    const name = before[i]?.name ?? `tensor ${i + 1} of ${count}`;
    const found = before[i] && after[i]?.name === name ? sqnrOf(before[i].tensor, after[i].tensor) : undefined;
    const holds =
      claimed === found || (typeof claimed === 'number' && typeof found === 'number' && isNear(claimed, found));
    if (!holds) broken.push({ name, claimed, found });
    if (typeof found === 'number' && (lowest === null || found < lowest)) lowest = found;
  }
  return { count, lowest, broken };
}

function isNear(claimed: number, found: number): boolean {
  return Math.abs(claimed - found) <= TOLERANCE;
}

type Weights = ReturnType<typeof listCompressible>[number]['tensor'];

function sqnrOf(before: Weights, after: Weights): number | null | undefined {
  if (before.dims.join() !== after.dims.join()) return undefined;
  const meter = new DistanceMeter();
  meter.add(before.toFloat32(), after.toFloat32());
  return meter.result.sqnr;
}
