import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { readBytes } from '../core/index.js';
import { FileSource } from '../io/node-file.js';
import { readModel, writeModelFiles } from '../onnx/index.js';

/** A model on disk, external data counted in. */
export interface InputFile {
  readonly name: string;
  /** Of the file and all its external data. */
  readonly byteLength: number;
  /** Of the file itself, hex. */
  readonly sha256: string;
}

const BLOCK = 1 << 22;

/** @throws {WringError} E_IO, and what {@link readModel} throws for a broken ONNX file */
export async function describeInput(path: string): Promise<InputFile> {
  const source = new FileSource(path);
  const hash = createHash('sha256');
  for (let start = 0; start < source.byteLength; start += BLOCK) {
    hash.update(readBytes(source, start, Math.min(BLOCK, source.byteLength - start)));
  }
  const external = path.toLowerCase().endsWith('.wrg') ? 0 : externalBytes(path, source);
  return { name: basename(path), byteLength: source.byteLength + external, sha256: hash.digest('hex') };
}

function externalBytes(path: string, source: FileSource): number {
  const locations = new Map<string, FileSource>();
  const document = readModel(source, (location) => {
    const known = locations.get(location) ?? new FileSource(join(dirname(path), location));
    locations.set(location, known);
    return known;
  });
  let sum = 0;
  for (const location of writeModelFiles(document).external.keys()) sum += locations.get(location)?.byteLength ?? 0;
  return sum;
}
