import { ConcatSource, type Document } from '../core/index.js';
import { readModel, writeModel } from '../onnx/index.js';

/** The document as it is now, over the same sources of numbers. */
export function snapshot(document: Document): Document {
  return readModel(new ConcatSource(writeModel(document).map(({ source }) => source)));
}
