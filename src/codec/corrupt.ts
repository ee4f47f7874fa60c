import { corrupt } from '../kernels/corrupt.js';

export { corrupt };

/** E_CORRUPT unless `condition` holds. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw corrupt(what);
}
