export { type SyntheticInputOptions, syntheticInputs } from './synthetic-inputs.js';
