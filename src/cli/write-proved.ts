import { createHash, randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Document, isWringError, type Logger, readBytes, VERSION, WringError } from '../core/index.js';
import type { NodeIO } from '../io/node-io.js';
import { modelBytes, totalByteLength, writeModel } from '../onnx/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { bytes } from './format.js';
import type { InputFile } from './input-file.js';

export interface ProofOptions {
  readonly io: NodeIO;
  /** null: the result is not loaded. */
  readonly runtime: Runtime | null;
  readonly input: InputFile;
  readonly metadata: Record<string, unknown>;
  /** Whether a result that does not load is a failure; it is none when the original does not load either. */
  readonly mustLoad: boolean;
  /** Whether a result that is no smaller than the input is a failure (default: true). */
  readonly mustShrink?: boolean;
  readonly dryRun: boolean;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface WrittenFile {
  readonly path: string;
  readonly byteLength: number;
  /** Of the standard ONNX bytes that the file stands for, hex. */
  readonly onnxSha256: string;
}

/** onnxruntime takes no model in memory beyond this. */
const LOADABLE = 1.9 * 2 ** 30;

/**
 * Writes a model beside its destination, proves it, and only then puts it in place: it is smaller than the input where
 * that is the aim, reads back to the very ONNX bytes that were meant, and loads in onnxruntime.
 *
 * @throws {WringError} E_NOT_SMALLER, E_CORRUPT (our own mistake), E_RUNTIME, E_IO; nothing is left behind then
 */
export async function writeProved(document: Document, path: string, options: ProofOptions): Promise<WrittenFile> {
  const packed = path.toLowerCase().endsWith('.wrg');
  if (!packed) document.metadata.set('wring', JSON.stringify({ version: VERSION, ...options.metadata }));
  const onnxSha256 = hashOf(document);
  const metadata = { version: VERSION, ...options.metadata, onnx: { sha256: onnxSha256 } };
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.${basename(path)}`);
  const writing = options.signal ? { metadata, signal: options.signal } : { metadata };
  try {
    await options.io.write(temporary, document, packed ? writing : { ...writing, external: 'inline' });
    const { size } = await stat(temporary);
    if ((options.mustShrink ?? true) && size >= options.input.byteLength) {
      throw new WringError(
        'E_NOT_SMALLER',
        `The result would take ${bytes(size)}, the input has ${bytes(options.input.byteLength)}: nothing was written. ` +
          'look with "wring inspect" whether the model is compressed already',
      );
    }
    const back = await options.io.read(temporary);
    if (packed && hashOf(back) !== onnxSha256) {
      throw new WringError('E_CORRUPT', `${path}: the file does not decode to what was packed; please report this`);
    }
    await proveLoading(back, options);
    if (!options.dryRun) await rename(temporary, path);
    return { path, byteLength: size, onnxSha256 };
  } catch (error) {
    throw renamed(error, temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The error of a file that nobody asked for by its name, told of the one that was meant. */
function renamed(error: unknown, temporary: string, path: string): unknown {
  if (!isWringError(error) || !error.message.includes(temporary)) return error;
  return new WringError(error.code, error.message.replaceAll(temporary, path), { cause: error });
}

/** SHA-256 of the self-contained ONNX file of a document, block by block. */
export function hashOf(document: Document): string {
  const hash = createHash('sha256');
  for (const { source } of writeModel(document)) {
    for (let start = 0; start < source.byteLength; start += 1 << 22) {
      hash.update(readBytes(source, start, Math.min(1 << 22, source.byteLength - start)));
    }
  }
  return hash.digest('hex');
}

async function proveLoading(document: Document, { runtime, mustLoad, logger }: ProofOptions): Promise<void> {
  if (!runtime) return;
  if (totalByteLength(writeModel(document)) > LOADABLE) {
    logger.warn('The model is too large to be loaded from memory; it was not tried in onnxruntime');
    return;
  }
  try {
    const session = await runtime.load(modelBytes(document));
    await session.release();
  } catch (error) {
    if (mustLoad || !isWringError(error, 'E_RUNTIME')) throw error;
    logger.warn(`${error.message} (nor does the original)`);
  }
}
