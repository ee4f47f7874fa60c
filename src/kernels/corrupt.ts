import { WringError } from '../core/index.js';

/** E_CORRUPT: `what` says where the file contradicts itself. One place for the words keeps the decode door small. */
export function corrupt(what: string): WringError {
  return new WringError('E_CORRUPT', `Damaged .wrg file: ${what}; get the file anew`);
}

/** E_CORRUPT: a stream of rANS or of the byte coder does not end where its symbols end. */
export function badStream(stream: Uint8Array): WringError {
  return corrupt(`stream of ${stream.length} bytes`);
}
