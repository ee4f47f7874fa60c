/** What needs Node: files, onnxruntime-node, data on disk. */
export { openDataset } from './data/node/open-dataset.js';
export { CheckpointFile } from './io/node-checkpoint.js';
export { NodeIO } from './io/node-io.js';
export { ortNode } from './runtime/ort-node.js';
export { openInWorkers } from './runtime/ort-workers.js';
