export {
  SYNTHESIS_DEFAULTS,
  type SynthesisOptions,
  type SynthesisPorts,
  synthesiseInputs,
} from './synthesise-inputs.js';
export { synthesisedInput } from './synthesised-input.js';
