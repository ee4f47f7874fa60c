import { type ByteSource, type Document, readBytes } from '../core/index.js';
import type { ModelFiles, ResolveExternal } from '../onnx/index.js';
import { ONNX_FORMAT } from './onnx-format.js';
import { WRG_FORMAT } from './wrg-format.js';
import type { WriteOptions } from './write-options.js';

/** Takes bytes out of memory until the file is written. */
export type Spool = (bytes: Uint8Array) => ByteSource;

/** A kind of file that holds a model. */
export interface ModelFormat {
  readonly name: string;
  /** With the dot. */
  readonly extension: string;
  /** Whether a file that begins with `head` (up to 16 bytes) is of this format. */
  recognizes(head: Uint8Array): boolean;
  read(source: ByteSource, resolveExternal: ResolveExternal): Document | Promise<Document>;
  /** @param name file name of the model, after which further files are named */
  write(document: Document, name: string, options: WriteOptions, spool: Spool): ModelFiles | Promise<ModelFiles>;
}

/** In the order in which they are tried; the last one takes what no other recognizes, and says why if it cannot. */
export const FORMATS: readonly ModelFormat[] = [WRG_FORMAT, ONNX_FORMAT];

/** By content, never by name. */
export function formatOfContent(source: ByteSource): ModelFormat {
  const head = readBytes(source, 0, Math.min(16, source.byteLength));
  return FORMATS.find((format) => format.recognizes(head)) ?? FORMATS.at(-1)!;
}

/** By the extension of a file that is about to be written; ONNX where it says nothing. */
export function formatOfName(name: string): ModelFormat {
  const lower = name.toLowerCase();
  return FORMATS.find((format) => lower.endsWith(format.extension)) ?? ONNX_FORMAT;
}
