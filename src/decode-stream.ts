/** The decoder for files that arrive in pieces, for external data, and for workers. */
import { createStreamDecoder } from './codec/stream-decoder.js';
import { loadAnyDecoder } from './kernels/any-decoder.js';

export type { DecodeProgress } from './codec/arriving-file.js';
export type { ExternalFile, ExternalModel, ExternalOptions } from './codec/external.js';
export type { ByteStream, FileInput, FileResponse } from './codec/file-input.js';
export type { ChunkRange, Part, PartDecoder } from './codec/part-decoder.js';
export type { DecodeOptions, StreamDecoder } from './codec/stream-decoder.js';
export { isWringError, WringError } from './core/error.js';

export const { decodeStream, decodeWhole, decodeExternal, openParts } =
  /* @__PURE__ */ createStreamDecoder(loadAnyDecoder);
