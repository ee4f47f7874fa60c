import { WringError } from '../core/index.js';
import { BINS, type LevelOdds, ODDS } from './grid-kernels.js';

const MAX_CENTROIDS = 65536;

interface Sized {
  readonly length: number;
}

/** @throws {WringError} E_SHAPE unless both arrays have one length */
export function assertSameLength(name: string, array: Sized, otherName: string, other: Sized): void {
  if (array.length === other.length) return;
  throw new WringError(
    'E_SHAPE',
    `Expected ${name} to have the length of ${otherName}, ${other.length}, but received ${array.length}`,
  );
}

/** @throws {WringError} E_RANGE unless 1 ≤ k ≤ 65536 */
export function assertCentroids(centroids: Sized): void {
  if (centroids.length >= 1 && centroids.length <= MAX_CENTROIDS) return;
  throw new WringError('E_RANGE', `Expected between 1 and ${MAX_CENTROIDS} centroids but received ${centroids.length}`);
}

/** @throws {WringError} E_RANGE unless every index, of which `largest` is the largest, is below `bound` */
export function assertIndex(name: string, largest: number, bound: number): void {
  if (largest < bound) return;
  throw new WringError('E_RANGE', `Expected every element of ${name} to be below ${bound} but received ${largest}`);
}

/** @throws {WringError} E_OPTION unless 0 < delta < 1 */
export function assertRelativeDelta(delta: number): void {
  if (delta > 0 && delta < 1) return;
  throw new WringError('E_OPTION', `Expected delta between 0 and 1, both excluded, but received ${delta}`);
}

/** @throws {WringError} E_SHAPE unless both arrays have `rows` rows, of some length each */
export function assertRows(values: Sized, others: Sized, rows: number): void {
  if (rows >= 1 && values.length % rows === 0 && others.length % rows === 0) return;
  throw new WringError(
    'E_SHAPE',
    `Expected ${rows} rows of equal length but received ${values.length} and ${others.length} elements`,
  );
}

/** @throws {WringError} E_SHAPE unless the tables have all that is looked up in them, and all that is written is as long as the numbers */
export function assertDraw({ around, rows, draws }: LevelOdds, numbers: Sized, written: readonly Sized[]): void {
  for (const array of written) assertSameLength('what is written', array, 'numbers', numbers);
  const length = BINS * (2 * around + 1) * ODDS;
  if (around >= 1 && around <= 7 && rows.length === length && draws.length === 65536) return;
  throw new WringError(
    'E_SHAPE',
    `Expected ${length} odds of ${around} levels to either side (1 to 7) and 65536 draws but received ${rows.length} and ` +
      `${draws.length}`,
  );
}
