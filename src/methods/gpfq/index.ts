export { type GpfqTargets, gpfq } from './gpfq.js';
export { GPFQ_DEFAULTS, type GpfqOptions } from './options.js';
export { type WalkedLayer as GpfqLayer, type WalkTargets, walkLayers } from './walk-layers.js';
export { gpfqWithin, type NoiseTargets } from './within-noise.js';
