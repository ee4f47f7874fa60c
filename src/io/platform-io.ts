import { type ByteSource, type Document, MemorySource } from '../core/index.js';
import type { ModelFiles, ResolveExternal } from '../onnx/index.js';
import { formatOfContent, formatOfName, type Spool } from './format.js';
import type { WriteOptions } from './write-options.js';

/** What reading and writing have in common on every platform: the choice of the format. */
export abstract class PlatformIO {
  /** The format is told by content. */
  protected async readFrom(source: ByteSource, resolveExternal: ResolveExternal): Promise<Document> {
    return formatOfContent(source).read(source, resolveExternal);
  }

  /** The format is told by the extension of `name`. */
  protected async filesOf(
    document: Document,
    name: string,
    options: WriteOptions,
    spool: Spool = (bytes) => new MemorySource(bytes),
  ): Promise<ModelFiles> {
    return formatOfName(name).write(document, name, options, spool);
  }
}
