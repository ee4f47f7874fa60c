import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { MemorySource, readBytes } from '../core/index.js';
import { FileSource, ioError } from './node-file.js';
import { writeFiles } from './node-write.js';

/** The state of a long piece of work in one file, which is the old state or the new one, whole, whenever the process ends. */
export class CheckpointFile {
  constructor(readonly name: string) {}

  /** null when there is no file. @throws {WringError} E_IO */
  async load(): Promise<Uint8Array | null> {
    return existsSync(this.name) ? readBytes(new FileSource(this.name)) : null;
  }

  /** Written under a temporary name, flushed to disk and renamed. @throws {WringError} E_IO */
  save(bytes: Uint8Array): Promise<void> {
    return writeFiles([{ path: this.name, segments: [{ source: new MemorySource(bytes), tensor: null }] }]);
  }

  /** @throws {WringError} E_IO */
  async remove(): Promise<void> {
    try {
      await rm(this.name, { force: true });
    } catch (error) {
      throw ioError('remove', this.name, error);
    }
  }
}
