/** Documents, transforms, methods and the packed format: everything that needs no platform. */
export * from './core/index.js';
export { syntheticInputs } from './evaluation/index.js';
export { WebIO } from './io/web-io.js';
export { type IgnoredScope, listWeights, type WeightRef } from './methods/weights.js';
export { modelBytes, readModel, writeModel } from './onnx/index.js';
export {
  COMPRESS_DEFAULTS,
  type CompressOptions,
  type CompressPorts,
  type CompressReport,
  compress,
} from './pipeline/compress.js';
export {
  type BytesOptions,
  type CompressedBytes,
  compressBytes,
  type PackedBytes,
  packBytes,
} from './pipeline/compress-bytes.js';
export { measurePosterior, type Posterior, spreadPosterior } from './posterior/index.js';
export type { Runtime, RuntimeSession, RuntimeTensor } from './runtime/runtime.js';
export * from './training/index.js';
export * from './transforms/index.js';
