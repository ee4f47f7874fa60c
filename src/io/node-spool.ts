import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { assertRange, type ByteSource, WringError } from '../core/index.js';
import { ioError } from './node-file.js';

/** Bytes that wait on disk, beside the file that they will go into; the spool's file is made when the first come. */
export class FileSpool {
  readonly #path: string;
  #fd: number | null = null;
  #length = 0;

  constructor(readonly target: string) {
    this.#path = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  }

  /** @throws {WringError} E_IO */
  add(bytes: Uint8Array): ByteSource {
    const start = this.#length;
    try {
      this.#fd ??= openSync(this.#path, 'wx+');
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
    } catch (error) {
      throw ioError('write', this.target, error);
    }
    this.#length += bytes.length;
    return new SpooledSource(this.#fd, start, bytes.length);
  }

  remove(): void {
    if (this.#fd === null) return;
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

class SpooledSource implements ByteSource {
  constructor(
    readonly fd: number,
    readonly start: number,
    readonly byteLength: number,
  ) {}

  readInto(target: Uint8Array, byteOffset: number): void {
    assertRange(this, byteOffset, target.length);
    for (let filled = 0; filled < target.length; ) {
      const count = readSync(this.fd, target, filled, target.length - filled, this.start + byteOffset + filled);
      if (count === 0) throw new WringError('E_TRUNCATED', 'A temporary file has shrunk while in use; write again');
      filled += count;
    }
  }
}
