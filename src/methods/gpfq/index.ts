export { type GpfqLayer, type GpfqTargets, gpfq } from './gpfq.js';
export { GPFQ_DEFAULTS, type GpfqOptions } from './options.js';
export { gpfqWithin, type NoiseTargets } from './within-noise.js';
