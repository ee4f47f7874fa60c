import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { assertRange, type ByteSource, WringError } from '../core/index.js';

/** Node refuses a single read of 2 GiB. */
const LARGEST_READ = 2 ** 30;

const abandoned = new FinalizationRegistry<number>((fd) => closeSync(fd));

/** A file, open for positioned reads until nothing refers to it any more; it stays readable when it is replaced. */
export class FileSource implements ByteSource {
  readonly byteLength: number;
  readonly #fd: number;

  /** @throws {WringError} E_IO */
  constructor(readonly path: string) {
    try {
      this.#fd = openSync(path, 'r');
    } catch (error) {
      throw ioError('read', path, error);
    }
    const status = fstatSync(this.#fd);
    if (!status.isFile()) {
      closeSync(this.#fd);
      throw ioError('read', path, { code: status.isDirectory() ? 'EISDIR' : 'EINVAL' });
    }
    this.byteLength = status.size;
    abandoned.register(this, this.#fd);
  }

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    for (let filled = 0; filled < target.length; ) {
      const length = Math.min(LARGEST_READ, target.length - filled);
      const count = this.#read(target, filled, length, byteOffset + filled);
      if (count === 0) {
        throw new WringError(
          'E_TRUNCATED',
          `"${this.path}" ended at byte ${byteOffset + filled}: it has shrunk while in use`,
        );
      }
      filled += count;
    }
  }

  #read(target: Uint8Array, filled: number, length: number, position: number): number {
    try {
      return readSync(this.#fd, target, filled, length, position);
    } catch (error) {
      throw ioError('read', this.path, error);
    }
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder; check the path',
  ENOTDIR: 'a part of the path is no folder; check the path',
  EISDIR: 'it is a folder; name a file',
  EACCES: 'permission denied; check the rights of the file and its folder',
  EPERM: 'not permitted; check the rights of the file and its folder',
  EROFS: 'the file system is read-only; choose another folder',
  ENOSPC: 'the disk is full; free some space or choose another folder',
  EDQUOT: 'the disk quota is used up; free some space or choose another folder',
  EFBIG: 'the file system takes no file of this size; choose another folder',
  EMFILE: 'too many files are open; close some or raise the limit (ulimit -n)',
  EINVAL: 'it is no regular file; name a file',
};

/** What the system said, with the way out. */
export function ioError(verb: 'read' | 'write' | 'remove', path: string, error: unknown): WringError {
  const { code = '', message = 'it failed' } = error as { code?: string; message?: string };
  return new WringError('E_IO', `Cannot ${verb} "${path}": ${REMEDIES[code] ?? message}`, { cause: error });
}
