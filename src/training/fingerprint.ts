import type { Document } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { crc32 } from '../kernels/reference/crc32.js';
import { modelBytes } from '../onnx/index.js';

/** Samples that are looked at. */
const SAMPLES = 16;

/** Eight hex digits that tell a data set from another of the same name and length, by all labels and targets and a few samples spread evenly. */
export function fingerprintOf(dataset: Dataset): string {
  const { length, labels, targets } = dataset;
  let sum = labels ? crc32(bytesOf(Float64Array.from(labels))) : 0;
  if (targets) sum = crc32(bytesOf(targets.data), sum);
  for (let i = 0; i < SAMPLES; i++) {
    sum = crc32(bytesOf(dataset.batch(Math.floor((i * length) / SAMPLES), 1).data), sum);
  }
  return hex(sum);
}

/** Eight hex digits that tell a model from another. */
export function modelFingerprint(document: Document): string {
  return hex(crc32(modelBytes(document)));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
