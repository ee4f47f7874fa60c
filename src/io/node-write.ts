import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { ConcatSource, isWringError, MemorySource, WringError } from '../core/index.js';
import type { Segment } from '../onnx/index.js';
import { ioError } from './node-file.js';

const BLOCK = 4 * 2 ** 20;

export interface FileToWrite {
  readonly path: string;
  readonly segments: readonly Segment[];
}

/**
 * Writes all files under temporary names, then renames them in order: put the one that refers to the others last.
 * @throws {WringError} E_IO, E_INTERRUPTED; the temporary files are gone then
 */
export async function writeFiles(files: readonly FileToWrite[], signal?: AbortSignal): Promise<void> {
  const temporary = files.map(({ path }) => `${path}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    for (const [i, file] of files.entries()) {
      await attempt(file.path, async () => {
        await refuseSpecial(file.path);
        await writeFile(temporary[i], file, signal);
      });
    }
    for (const [i, { path }] of files.entries()) await attempt(path, () => rename(temporary[i], path));
  } catch (error) {
    for (const path of temporary) await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** A text file, in place only when all of it is on disk. @throws {WringError} E_IO */
export function writeText(path: string, text: string): Promise<void> {
  return writeFiles([{ path, segments: [{ source: new MemorySource(new TextEncoder().encode(text)), tensor: null }] }]);
}

async function writeFile(temporary: string, { path, segments }: FileToWrite, signal?: AbortSignal): Promise<void> {
  const source = new ConcatSource(segments.map((segment) => segment.source));
  const handle = await open(temporary, 'wx');
  try {
    const block = new Uint8Array(Math.min(BLOCK, source.byteLength));
    for (let position = 0; position < source.byteLength; position += block.length) {
      if (signal?.aborted) throw new WringError('E_INTERRUPTED', `Writing "${path}" was stopped; nothing was changed`);
      const part = block.subarray(0, Math.min(block.length, source.byteLength - position));
      source.readInto(part, position);
      await writeAll(handle, part);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renaming over a device such as /dev/null would replace it. */
async function refuseSpecial(path: string): Promise<void> {
  const status = await stat(path).catch(() => null);
  if (status && !status.isFile()) throw { code: status.isDirectory() ? 'EISDIR' : 'EINVAL' };
}

/** A write may take only a part, e.g. on a disk that is about to be full. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}

async function attempt(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw isWringError(error) ? error : ioError('write', path, error);
  }
}
