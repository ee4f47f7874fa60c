export * from './accuracy.js';
export * from './compare.js';
export * from './fidelity.js';
export { type SyntheticInputOptions, syntheticInputs } from './synthetic-inputs.js';
