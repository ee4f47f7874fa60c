/** What needs Node: files, onnxruntime-node, data on disk. */
export { openDataset } from './data/node/open-dataset.js';
export { NodeIO } from './io/node-io.js';
export { ortNode } from './runtime/ort-node.js';
