/** Documents, transforms, methods and the packed format: everything that needs no platform. */
export * from './core/index.js';
export type { Dataset, Targets } from './data/index.js';
export { type SyntheticInputOptions, syntheticInputs } from './evaluation/index.js';
export { type ModelBytes, WebIO } from './io/web-io.js';
export type { WriteOptions } from './io/write-options.js';
export { type IgnoredScope, listWeights, type WeightRef } from './methods/weights.js';
export {
  type ModelFiles,
  modelBytes,
  type ResolveExternal,
  readModel,
  type Segment,
  writeModel,
} from './onnx/index.js';
export {
  COMPRESS_DEFAULTS,
  type CompressOptions,
  type CompressPorts,
  type CompressReport,
  compress,
  type PreparedCompress,
  prepareCompress,
  type TensorReport,
} from './pipeline/compress.js';
export {
  type BytesOptions,
  type CompressedBytes,
  compressBytes,
  type PackedBytes,
  packBytes,
} from './pipeline/compress-bytes.js';
export type { InputFacts } from './pipeline/provenance.js';
export { measurePosterior, type Posterior, spreadPosterior } from './posterior/index.js';
export type { Runtime, RuntimeOptions, RuntimeSession, RuntimeTensor, RuntimeValue } from './runtime/runtime.js';
export * from './training/index.js';
export * from './transforms/index.js';
