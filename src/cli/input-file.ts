import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type Document, isWringError, readBytes, WringError } from '../core/index.js';
import { FileSource } from '../io/node-file.js';
import type { NodeIO } from '../io/node-io.js';
import { readModel, writeModelFiles } from '../onnx/index.js';
import type { InputFacts } from '../pipeline/provenance.js';

/** A model on disk; external data is counted in its length, and not in its SHA-256. */
export type InputFile = InputFacts;

const BLOCK = 1 << 22;

/** @throws {WringError} E_IO, and what {@link readModel} throws for a broken ONNX file */
export function describeInput(path: string): Promise<InputFile> {
  return naming(path, () => describe(path));
}

/** {@link NodeIO.read}, its errors named. */
export function readInput(io: NodeIO, path: string): Promise<Document> {
  return naming(path, () => io.read(path));
}

/** Does `work` with a file; the errors of wring then say which of several files is meant. */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWringError(error) || error.message.includes(path)) throw error;
    throw new WringError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

async function describe(path: string): Promise<InputFile> {
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
