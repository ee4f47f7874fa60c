import { readBytes } from '../../core/index.js';
import { FileSource } from '../../io/node-file.js';

/** A whole file. @throws {WringError} E_IO */
export function readFile(path: string): Uint8Array {
  return readBytes(new FileSource(path));
}

/** @throws {WringError} E_IO */
export function readText(path: string): string {
  return new TextDecoder().decode(readFile(path));
}
