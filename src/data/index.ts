export type { Dataset } from './dataset.js';
export { readNpy } from './npy.js';
export { readNpz } from './npz.js';
export { type Layout, type Preprocess, parsePreprocess } from './preprocess.js';
export { type DatasetParts, preprocessedDataset } from './preprocessed-dataset.js';
export { type Samples, samplesOf } from './samples.js';
export type { Targets } from './targets.js';
