import { ConcatSource, type Document, MemorySource, readBytes, WringError } from '../core/index.js';
import type { Segment } from '../onnx/index.js';
import { PlatformIO } from './platform-io.js';
import type { WriteOptions } from './write-options.js';

/** A model in memory, and its external data by location. */
export interface ModelBytes {
  readonly bytes: Uint8Array;
  readonly external: ReadonlyMap<string, Uint8Array>;
}

/** Bytes in, bytes out: for browsers, and wherever there is no file system. */
export class WebIO extends PlatformIO {
  /**
   * @param external the contents of external data files by location, if the model has any
   * @throws {WringError} E_NOT_ONNX, E_TRUNCATED, E_SHAPE, E_EXTERNAL_DATA
   */
  async read(bytes: Uint8Array, external: ReadonlyMap<string, Uint8Array> = new Map()): Promise<Document> {
    return this.readFrom(new MemorySource(bytes), (location) => {
      const data = external.get(location);
      if (!data) throw new WringError('E_EXTERNAL_DATA', `the bytes of "${location}" were not handed in`);
      return new MemorySource(data);
    });
  }

  /** @param name tells the format by its extension, and names external data if there has to be any */
  async write(document: Document, name: string, options: WriteOptions = {}): Promise<ModelBytes> {
    const { model, external } = await this.filesOf(document, name, options);
    return {
      bytes: joined(model),
      external: new Map([...external].map(([location, segments]) => [location, joined(segments)])),
    };
  }
}

function joined(segments: readonly Segment[]): Uint8Array {
  return readBytes(new ConcatSource(segments.map((segment) => segment.source)));
}
