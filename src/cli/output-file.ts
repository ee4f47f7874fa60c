import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { WringError } from '../core/index.js';

/**
 * Refuses, before any work is done, an output that could not be put in place: a name that says no format, a folder or
 * a device in its place, a folder that is not there or may not be written to.
 *
 * @param extensions of the formats that the command writes, with the dot
 * @param option that the path was given with
 * @throws {WringError} E_OPTION, E_IO
 */
export function checkOutput(path: string, extensions: readonly string[], option = '--output'): void {
  if (!extensions.some((extension) => path.toLowerCase().endsWith(extension))) {
    throw new WringError('E_OPTION', `Expected ${option} to end in ${extensions.join(' or ')} but received "${path}"`);
  }
  if (existsSync(path) && !statSync(path).isFile()) {
    throw new WringError('E_IO', `Cannot write "${path}": it is no file; give the name of one`);
  }
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw new WringError('E_IO', `Cannot write "${path}": there is no folder "${folder}"; make it first`);
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new WringError('E_IO', `Cannot write "${path}": no permission to write to "${folder}"`, { cause });
  }
}
