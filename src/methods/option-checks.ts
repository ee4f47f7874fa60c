import { WringError } from '../core/index.js';

/** @throws {WringError} E_OPTION unless low ≤ value ≤ high */
export function assertInRange(method: string, name: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new WringError('E_OPTION', `${method}: expected ${name} between ${low} and ${high} but received ${value}`);
}

/** @throws {WringError} E_OPTION unless `value` is an integer and low ≤ value ≤ high */
export function assertInteger(method: string, name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new WringError(
    'E_OPTION',
    `${method}: expected ${name} to be an integer between ${low} and ${high} but received ${value}`,
  );
}

/** @throws {WringError} E_OPTION unless `value` is one of `allowed` */
export function assertOneOf(method: string, name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new WringError('E_OPTION', `${method}: expected ${name} to be ${allowed.join(' or ')} but received ${value}`);
}

/** @throws {WringError} E_OPTION unless 0 < rounds[0] < rounds[1] < … = 1 */
export function assertRounds(method: string, rounds: readonly number[]): void {
  const ascending = rounds.every((share, t) => share > (t === 0 ? 0 : rounds[t - 1]));
  if (ascending && rounds.at(-1) === 1) return;
  throw new WringError(
    'E_OPTION',
    `${method}: expected rounds to be ascending shares of the weights, the last one 1, but received [${rounds.join(', ')}]`,
  );
}
