import { type Document, WringError } from '../core/index.js';
import { type ModelFiles, readModel, totalByteLength, writeModel, writeModelFiles } from '../onnx/index.js';
import type { ModelFormat } from './format.js';
import type { WriteOptions } from './write-options.js';

/** Protobuf ends at 2 GiB; the rest is room for what onnxruntime adds when it saves the model again. */
export const LARGEST_ONNX_FILE = 1.9 * 2 ** 30;

export const ONNX_FORMAT: ModelFormat = {
  name: 'onnx',
  extension: '.onnx',
  // ONNX has no magic number; the reader says what is wrong with other files.
  recognizes: () => true,
  read: readModel,
  write: writeOnnx,
};

/** @throws {WringError} E_UNSUPPORTED when 'inline' makes a file that no reader of ONNX can open */
function writeOnnx(document: Document, name: string, { external = 'auto' }: WriteOptions): ModelFiles {
  if (typeof external === 'object') return writeModelFiles(document, external);
  if (external === 'inline') {
    const model = writeModel(document);
    if (totalByteLength(model) > LARGEST_ONNX_FILE) {
      throw new WringError(
        'E_UNSUPPORTED',
        `Expected an ONNX file of at most 1.9 GiB but it would have ${totalByteLength(model)} bytes; let its data be external`,
      );
    }
    return { model, external: new Map() };
  }
  const files = writeModelFiles(document);
  if (totalByteLength(files.model) <= LARGEST_ONNX_FILE) return files;
  return writeModelFiles(document, { location: `${name}.data` });
}
