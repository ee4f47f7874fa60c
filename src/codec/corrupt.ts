import { WringError } from '../core/index.js';

/** E_CORRUPT: `what` says where the file contradicts itself. One place for the words keeps the decode door small. */
export function corrupt(what: string): WringError {
  return new WringError('E_CORRUPT', `Damaged .wrg file: ${what}; get the file anew`);
}

/** E_CORRUPT unless `condition` holds. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw corrupt(what);
}
