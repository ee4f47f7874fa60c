export { type Accuracy, type EvaluationOptions, evaluateAccuracy } from './accuracy.js';
export { compareTensors, type TensorComparison, type TensorDistance } from './compare.js';
export { datasetInputs, fitInput } from './dataset-inputs.js';
export { type Distance, DistanceMeter } from './distance.js';
export { type Fidelity, measureFidelity, type OutputDistance, outputFidelity } from './fidelity.js';
export { evaluateLanguage, type LanguageLoss } from './language.js';
export { samplesPerRun } from './run-size.js';
export { type SyntheticInputOptions, syntheticInputs } from './synthetic-inputs.js';
export { wilsonInterval } from './wilson-interval.js';
