export type { Augmentation } from './augmentation.js';
export { findConvBlock } from './autodiff/blocked-conv.js';
export { differentiate } from './autodiff/differentiate.js';
export { GraphWriter, int } from './autodiff/graph-writer.js';
export { probeShapes } from './autodiff/probe-shapes.js';
export { noiseSeed } from './batches.js';
export { type CheckpointStore, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
export { FINETUNE_DEFAULTS, finetune, usualLoss } from './finetune.js';
export type { GivenGradient, GivenGradients } from './gradients/index.js';
export { initializeWeights } from './initialize.js';
export { blockOutputs } from './losses/block-outputs.js';
export type * from './losses/loss.js';
export { type NoiseInput, noiseDims } from './noise-inputs.js';
export { ADAM_DEFAULTS, type AdamOptions } from './optimizers/adam.js';
export { MOMENTUM_DEFAULTS, type MomentumOptions } from './optimizers/momentum.js';
export type { OptimizerOptions } from './optimizers/optimizer.js';
export { TRAIN_DEFAULTS, type TrainOptions } from './options.js';
export { type ReestimateOptions, reestimateBatchNorm } from './reestimate-batch-norm.js';
export { rateAt, type Schedule } from './schedule.js';
export { type TrainPorts, type TrainReport, train } from './train.js';
export type * from './training-graph.js';
export type { EpochReport, RoundReport } from './training-state.js';
export { type Score, scoreOn } from './validate.js';
export {
  type ParameterGroup,
  type Parametrize,
  plainWeights,
  type StepChange,
  type TrainingLength,
  type WeightParametrization,
} from './weight-parametrization.js';
export { type StoredTensor, WeightStore } from './weight-store.js';
