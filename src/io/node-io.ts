import { existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Document } from '../core/index.js';
import { FileSource, ioError } from './node-file.js';
import { FileSpool } from './node-spool.js';
import { writeFiles } from './node-write.js';
import { PlatformIO } from './platform-io.js';
import type { WriteOptions } from './write-options.js';

/**
 * Reads and writes models on disk. Nothing is loaded but structure: a document keeps its files open and reads weights
 * when they are asked for.
 */
export class NodeIO extends PlatformIO {
  /** Where documents came from: only there may their external data be written over. */
  readonly #origins = new WeakMap<Document, string>();

  /**
   * The format is told by content; external data is looked for beside the model.
   * @throws {WringError} E_IO, E_NOT_ONNX, E_TRUNCATED, E_SHAPE, E_EXTERNAL_DATA
   */
  async read(path: string): Promise<Document> {
    const source = new FileSource(path);
    const folder = dirname(path);
    const document = await this.readFrom(source, (location) => new FileSource(join(folder, location)));
    this.#origins.set(document, realpathSync(path));
    return document;
  }

  /**
   * Writes under temporary names, and renames when all is on disk: a reader never sees half a file, a failure leaves
   * everything as it was, and `path` may be the file that the document is read from. The extension tells the format.
   *
   * External data keeps its file names in the folder it was read from; elsewhere too, unless such a file is there
   * already: then it goes to `<name>.data`, and the other model keeps its data.
   * @throws {WringError} E_IO, E_UNSUPPORTED, E_INTERRUPTED
   */
  async write(path: string, document: Document, options: WriteOptions = {}): Promise<void> {
    const spool = new FileSpool(path);
    try {
      await this.#write(path, document, options, spool);
    } finally {
      spool.remove();
    }
  }

  async #write(path: string, document: Document, options: WriteOptions, spool: FileSpool): Promise<void> {
    const folder = dirname(path);
    const name = basename(path);
    let files = await this.filesOf(document, name, options, (bytes) => spool.add(bytes));
    const auto = (options.external ?? 'auto') === 'auto';
    const taken = [...files.external.keys()].some((location) => existsSync(join(folder, location)));
    if (auto && taken && !this.#isOrigin(document, path)) {
      files = await this.filesOf(document, name, { ...options, external: { location: `${name}.data` } });
    }
    const all = [...files.external].map(([location, segments]) => ({ path: join(folder, location), segments }));
    for (const location of files.external.keys()) await makeFolders(folder, location);
    await writeFiles([...all, { path, segments: files.model }], options.signal);
  }

  #isOrigin(document: Document, path: string): boolean {
    return existsSync(path) && this.#origins.get(document) === realpathSync(path);
  }
}

/** Those of a location below the model's folder; that folder itself has to exist. */
async function makeFolders(folder: string, location: string): Promise<void> {
  if (!location.includes('/') || !existsSync(folder)) return;
  try {
    await mkdir(join(folder, dirname(location)), { recursive: true });
  } catch (error) {
    throw ioError('write', join(folder, location), error);
  }
}
