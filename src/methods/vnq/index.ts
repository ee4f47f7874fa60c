export { resolveVnqOptions, VNQ_DEFAULTS, type VnqOptions } from './options.js';
export { type SampledOutputs, sampleOutputs, type UncertainWeight } from './sample-outputs.js';
export { type VnqTraining, type VnqTrainingOptions, vnqTraining } from './training.js';
