export * from './layer-operations.js';
export * from './output-error.js';
export * from './output-sensitivity.js';
export * from './path-moments.js';
export * from './posterior.js';
export { sampleValues } from './sample-values.js';
export * from './second-moment.js';
export * from './value-ranges.js';
